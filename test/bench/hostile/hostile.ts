import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { up } from '../../../cluster/cluster.ts';
import { bundleInParts } from '../../../image/bundle.ts';
import { createKubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import type { KubeClient } from '../../../src/runtime/kube-client.ts';
import { checkout } from '../../support/source-files.ts';
import { Contender } from '../scale/contender.ts';
import { nodeEnvironment } from '../scale/node-environment.ts';
import { quantile } from '../scale/quantile.ts';
import { seedAskingPods, seedCluster } from '../scale/seed.ts';
import { wave } from '../scale/wave.ts';
import { type Seeded, seedHostile } from './seed.ts';
import { type HostileSize, others } from './size.ts';

interface Figures {
  /** Of the controller's process, at its highest. */
  readonly rssMiB: number;
  readonly syncSeconds: number;
  /** Of the time until the last of the others' Pods has its Job, and of that until the queue of NixBuilds is empty: the worse. */
  readonly loopDelayMsP99: number;
  readonly loopDelayMsMax: number;
  /** From the failure of a Pod of the others to the Job of its build. */
  readonly victimMsP50: number;
  readonly victimMsP99: number;
  /** From the start until no NixBuild waits to be looked at. */
  readonly settledSeconds: number;
}

export interface Hostile extends Pick<Figures, 'rssMiB' | 'loopDelayMsP99'> {
  readonly size: HostileSize;
  readonly seeded: Seeded;
  readonly victimRatio: number;
  readonly alone: Figures;
  readonly beside: Figures;
}

interface Options {
  readonly size: HostileSize;
  readonly report: (line: string) => void;
}

const group = 'victim';
const port = 18_183;

/**
 * The same Pods wait for their images in two clusters, one after the other: alone, and beside a namespace full of what an API
 * server takes. Without enbi's admission policies, which would refuse most of it: the controller has to hold by itself.
 */
export async function measureHostile({ size, report }: Options): Promise<Hostile> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-hostile-'));
  try {
    const program = join(folder, 'parts/enbi.mjs');
    await bundleInParts('src/main/main.ts', dirname(program));
    const none = () => Promise.resolve({ podsKiB: 0, buildsKiB: 0 });
    const alone = await inNewCluster({ program, report, seed: none });
    const beside = await inNewCluster({ program, report, seed: (client) => seedHostile(client, size, report) });
    const { rssMiB, loopDelayMsP99, victimMsP50 } = beside.figures;
    const victimRatio = Math.round((victimMsP50 / alone.figures.victimMsP50) * 100) / 100;
    const { seeded, figures } = beside;
    return { rssMiB, loopDelayMsP99, victimRatio, size, seeded, alone: alone.figures, beside: figures };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Trial {
  readonly program: string;
  readonly report: (line: string) => void;
  readonly seed: (client: KubeClient) => Promise<Seeded>;
}

async function inNewCluster({ program, report, seed }: Trial) {
  const cluster = await up({ name: 'bench-hostile', nodes: 0, report });
  try {
    const { kubeconfig } = cluster;
    await cluster.kubectl(['apply', '-f', join(checkout, 'deploy/crds.yaml')]);
    using client = createKubeClient(await loadKubeconfig(kubeconfig), { userAgent: 'bench', maxSockets: 32 });
    await seedCluster(client, others, report);
    await seedAskingPods(client, group, others);
    const seeded = await seed(client);
    report("measuring enbi's controller");
    return { seeded, figures: await measure(client, { program, kubeconfig }) };
  } finally {
    await cluster.down();
  }
}

async function measure(client: KubeClient, { program, kubeconfig }: { program: string; kubeconfig: string }) {
  const flags = ['--kubeconfig', kubeconfig, '--image', 'enbi.test/enbi:1', '--http-port', String(port)];
  // In all as many as the nodes allow: builds never end here, since no kubelet runs them.
  const slots = ['--max-builds', String(others.nodes * 4), '--log-level', 'error'];
  const argv = [process.execPath, program, 'controller', ...flags, ...slots];
  const startedAt = performance.now();
  await using contender = new Contender(argv, { HOSTNAME: 'bench', ...(await nodeEnvironment()) }, port);
  const syncSeconds = await contender.ready();
  // At once, while it looks at what it has found.
  const waits = await wave(client, group, others);
  const delays = [await loopDelay(contender)];
  while ((await metric(contender, /^workqueue_depth\{name="builds"\} (\S+)$/m)) > 0) await sleep(2000);
  const settledSeconds = (performance.now() - startedAt) / 1000;
  await sleep(5000);
  delays.push(await loopDelay(contender));
  const { peak } = await contender.memory();
  return {
    rssMiB: rounded(peak),
    syncSeconds: rounded(syncSeconds),
    loopDelayMsP99: rounded(Math.max(...delays.map(({ p99 }) => p99))),
    loopDelayMsMax: rounded(Math.max(...delays.map(({ max }) => max))),
    victimMsP50: rounded(quantile(waits, 0.5)),
    victimMsP99: rounded(quantile(waits, 0.99)),
    settledSeconds: rounded(settledSeconds),
  } satisfies Figures;
}

/** Since it was last asked. */
async function loopDelay(contender: Contender): Promise<{ readonly p99: number; readonly max: number }> {
  const text = await contender.get('/metrics');
  const seconds = (name: string) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'm').exec(text)?.[1]);
  return { p99: seconds('p99') * 1000, max: seconds('max') * 1000 };
}

async function metric(contender: Contender, line: RegExp): Promise<number> {
  return Number(line.exec(await contender.get('/metrics'))?.[1]);
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
