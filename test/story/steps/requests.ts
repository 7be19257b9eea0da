import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { followKubectl, type KubectlProgram } from '../../support/kubectl.ts';
import { namespace, type Scene } from '../scene.ts';
import { parseTally, type Tally, tallyText } from '../tally.ts';
import { listOf } from './workload.ts';

const name = 'client';
const labels = { 'app.kubernetes.io/name': name };

/** Requests through a Service, without a pause, from a Pod: the Service's address is known inside the cluster only. */
export interface Requests {
  readonly tally: Tally;
  /** When those under way have been answered, or have failed. */
  settled(): Promise<void>;
  /** Ends the counting; the Pod is for whoever started it to remove. */
  stop(): void;
}

export async function startRequests(scene: Scene, service: string): Promise<Requests> {
  const { kubectl, terminal, watched } = scene;
  const address = await kubectl(['-n', namespace, 'get', 'service', service, '-o', 'jsonpath={.spec.clusterIP}']);
  const host = address.includes(':') ? `[${address}]` : address;
  await kubectl(['apply', '-f', '-'], listOf(await manifests(scene.image, `http://${host}/version`)));
  const isRunning = () => watched.all('Pod').find((pod) => pod.app === name && pod.running);
  await watched.until(isRunning, { seconds: 60, what: 'the Pod that sends requests runs' });
  let tally: Tally = { sent: 0, failed: 0, answers: {}, last: '', failures: [] };
  const counting = new AbortController();
  const until = AbortSignal.any([scene.signal, counting.signal]);
  void followLog(scene.program, until, (line) => {
    tally = parseTally(line) ?? tally;
    terminal.live(tallyText(tally), 'requests');
  });
  await answered(() => tally, scene.signal);
  return {
    get tally() {
      return tally;
    },
    // Longer than the client waits for one answer, and than its pause between two reports.
    settled: () => sleep(4000, undefined, { signal: scene.signal }),
    stop: () => counting.abort(),
  };
}

/** From the beginning again when the connection is cut: each line holds the whole count. */
async function followLog(program: KubectlProgram, until: AbortSignal, onLine: (line: string) => void): Promise<void> {
  while (!until.aborted) {
    await followKubectl(program, ['-n', namespace, 'logs', '--follow', `pod/${name}`], until, onLine);
    await sleep(500, undefined, { signal: until }).catch(() => undefined);
  }
}

async function answered(tally: () => Tally, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tally().last === ''; tries++) {
    if (tries > 150) throw new Error(`no request is answered: ${tally().failures.join('; ')}`);
    await sleep(200, undefined, { signal });
  }
}

async function manifests(image: string, url: string): Promise<object[]> {
  const program = await readFile(join(import.meta.dirname, '../request-client.mjs'), 'utf8');
  const metadata = { namespace, name, labels };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'request-client.mjs': program } },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec(image, url) },
  ];
}

function podSpec(image: string, url: string): object {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name,
        image,
        command: ['node', '/client/request-client.mjs', url],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name, mountPath: '/client', readOnly: true }],
      },
    ],
    volumes: [{ name, configMap: { name } }],
  };
}
