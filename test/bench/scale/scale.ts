import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { claimCluster } from '../../../cluster/claim.ts';
import { up } from '../../../cluster/cluster.ts';
import { run } from '../../../cluster/command.ts';
import { bundleInParts } from '../../../image/bundle.ts';
import { createKubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { resource } from '../../../src/cluster-view/resources.ts';
import type { KubeClient } from '../../../src/runtime/kube-client.ts';
import { checkout } from '../../support/source-files.ts';
import { Contender } from './contender.ts';
import { nodeEnvironment } from './node-environment.ts';
import { quantile } from './quantile.ts';
import { removeAskingPods, seedAskingPods, seedCluster } from './seed.ts';
import type { Size } from './size.ts';
import { wave } from './wave.ts';

export interface Figures {
  readonly rssMiB: number;
  readonly peakRssMiB: number;
  readonly syncSeconds: number;
  readonly seenToJobMsP50: number;
  readonly seenToJobMsP99: number;
  readonly loopDelayMsP99: number;
}

export interface Scale {
  readonly size: Size;
  readonly enbi: Figures & { readonly requestsPerBuild: number };
  readonly go: Figures;
}

interface Options {
  readonly size: Size;
  readonly report: (line: string) => void;
}

const name = 'bench-scale';

/** A large cluster on the real API server, without machines; enbi's controller and a minimal one in Go, one after the other. */
export async function measureScale({ size, report }: Options): Promise<Scale> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-scale-'));
  using _ = await claimCluster(name, 'or wait');
  const cluster = await up({ name, nodes: 0, report });
  try {
    const [program, rival] = [join(folder, 'parts/enbi.mjs'), join(folder, 'rival')];
    await bundleInParts('src/main/main.ts', dirname(program));
    report('building the controller in Go');
    await goBuild(rival);
    await cluster.kubectl(['apply', '-f', join(checkout, 'deploy/crds.yaml')]);
    using client = createKubeClient(await loadKubeconfig(cluster.kubeconfig), { userAgent: 'bench', maxSockets: 32 });
    await seedCluster(client, size, report);
    report('measuring the controller in Go');
    const go = await measureGo(client, { rival, kubeconfig: cluster.kubeconfig }, size);
    report("measuring enbi's controller");
    return { size, go, enbi: await measureEnbi(client, { program, kubeconfig: cluster.kubeconfig }, size) };
  } finally {
    await cluster.down();
    await rm(folder, { recursive: true });
  }
}

async function goBuild(output: string): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' };
  const argv = [
    'go',
    'build',
    '-C',
    join(import.meta.dirname, 'go'),
    '-trimpath',
    '-ldflags',
    '-s -w',
    '-o',
    output,
    '.',
  ];
  const { code, stderr } = await run(argv, { env });
  if (code !== 0) throw new Error(`the controller in Go does not build: ${stderr}`);
}

async function measureGo(client: KubeClient, { rival, kubeconfig }: { rival: string; kubeconfig: string }, size: Size) {
  await seedAskingPods(client, 'go', size);
  const port = 18_181;
  await using contender = new Contender(
    [rival, '--port', String(port)],
    { KUBECONFIG: kubeconfig, HOME: '/root' },
    port,
  );
  const figures = await measure(client, contender, 'go', size);
  const { loopDelayMsP99 } = z.object({ loopDelayMsP99: z.number() }).parse(JSON.parse(await contender.get('/stats')));
  await removeAskingPods(client, 'go', size);
  await removeJobs(client);
  return { ...figures, loopDelayMsP99: rounded(loopDelayMsP99) };
}

async function measureEnbi(
  client: KubeClient,
  { program, kubeconfig }: { program: string; kubeconfig: string },
  size: Size,
) {
  await seedAskingPods(client, 'enbi', size);
  const port = 18_182;
  const flags = ['--kubeconfig', kubeconfig, '--image', 'enbi.test/enbi:1', '--http-port', String(port)];
  // All of them at once: how many may build is not what is measured.
  const unlimited = [
    '--max-builds',
    '1000',
    '--max-builds-per-node',
    '1000',
    '--job-ttl-after-success',
    '0',
    '--builder-idle',
    '0',
    '--log-level',
    'warn',
  ];
  const argv = [process.execPath, program, 'controller', ...flags, ...unlimited];
  await using contender = new Contender(argv, { HOSTNAME: 'bench', ...(await nodeEnvironment()) }, port);
  let before = 0;
  const figures = await measure(client, contender, 'enbi', size, async () => {
    before = requestsIn(await contender.get('/metrics'));
  });
  const metrics = await contender.get('/metrics');
  const p99 = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(metrics)?.[1]) * 1000;
  const requestsPerBuild = rounded((requestsIn(metrics) - before) / size.images);
  return { ...figures, loopDelayMsP99: rounded(p99), requestsPerBuild };
}

async function measure(
  client: KubeClient,
  contender: Contender,
  group: string,
  size: Size,
  whenSynced = () => Promise.resolve(),
): Promise<Omit<Figures, 'loopDelayMsP99'>> {
  const syncSeconds = await contender.ready();
  // What it does of its own accord at the start is over.
  await sleep(10_000);
  await whenSynced();
  const { now } = await contender.memory();
  const waits = await wave(client, group, size);
  const { peak } = await contender.memory();
  return {
    rssMiB: rounded(now),
    peakRssMiB: rounded(peak),
    syncSeconds: rounded(syncSeconds),
    seenToJobMsP50: Math.round(quantile(waits, 0.5)),
    seenToJobMsP99: Math.round(quantile(waits, 0.99)),
  };
}

/** Not those about the lease, which have a client of their own. */
function requestsIn(metrics: string): number {
  const counts = [...metrics.matchAll(/^rest_client_requests_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function removeJobs(client: KubeClient): Promise<void> {
  const { items } = await client.list(resource.jobs, {});
  for (const item of items) {
    const { name: job, namespace } = z
      .object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })
      .parse(item).metadata;
    await client.delete(resource.jobs, { name: job, namespace }, { propagation: 'Background' });
  }
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
