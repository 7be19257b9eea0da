import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Cluster } from '../../cluster/cluster.ts';
import { findDaemon, killDaemon, startDaemon } from '../../cluster/daemon.ts';
import { folderOf } from '../../cluster/state.ts';

const Entry = z.object({
  verb: z.string(),
  userAgent: z.string().default(''),
  requestReceivedTimestamp: z.string(),
  objectRef: z
    .object({ resource: z.string().default(''), name: z.string().default(''), subresource: z.string().optional() })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
});
export type AuditEntry = z.infer<typeof Entry>;

const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] }],
};

/** Starts the API server again so that it writes down who writes what; returns what reads that. */
export async function auditWrites(name: string, cluster: Cluster): Promise<() => Promise<readonly AuditEntry[]>> {
  const folder = folderOf(name);
  const [log, policyFile] = [join(folder.log, 'audit.jsonl'), join(folder.root, 'audit-policy.json')];
  await writeFile(policyFile, JSON.stringify(policy));
  const daemon = await findDaemon(folder, 'kube-apiserver');
  const argv = (await readFile(`/proc/${daemon?.pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  await killDaemon(folder, 'kube-apiserver');
  const audited = [...argv, `--audit-policy-file=${policyFile}`, `--audit-log-path=${log}`];
  const start = ['nsenter', `--net=${folder.hub}`, '--', ...audited];
  for (let tries = 0; !(await answers(cluster)); tries++) {
    if (tries === 200) throw new Error('the API server did not come back');
    // A killed process may hold its port for a moment longer, and the next one gives up at once.
    if ((await findDaemon(folder, 'kube-apiserver')) === undefined) await startDaemon(folder, 'kube-apiserver', start);
    await sleep(300);
  }
  return async () => {
    const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => Entry.parse(JSON.parse(line)));
  };
}

function answers(cluster: Cluster): Promise<boolean> {
  return cluster.kubectl(['get', '--raw', '/readyz']).then(
    () => true,
    () => false,
  );
}
