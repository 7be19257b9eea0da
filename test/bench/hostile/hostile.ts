import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { claimCluster } from '../../../cluster/claim.ts';
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
import { bareWaits } from './bare.ts';
import { churn } from './churn.ts';
import { controllerFigures, type Disturb, type Figures, group, rounded } from './figures.ts';
import { type Seeded, seedHostile } from './seed.ts';
import { early, type HostileSize, others } from './size.ts';

export interface Hostile {
  readonly rssMiB: number;
  /** The worse of the start and of later. */
  readonly loopDelayMsP99: number;
  /** Others' builds beside it as a multiple of alone, once the controller has seen everything, while all of it is written. */
  readonly victimRatio: number;
  /** The same right after the start, and without a controller. */
  readonly victimRatioAtStart: number;
  readonly bareRatio: number;
  readonly size: HostileSize;
  readonly seeded: Seeded;
  readonly alone: Figures;
  readonly beside: Figures;
}

interface Options {
  readonly size: HostileSize;
  /** Folder for CPU profiles of the controller. */
  readonly profiles?: string | undefined;
  readonly report: (line: string) => void;
}

const port = 18_183;
const quiet: Disturb = () => ({ [Symbol.asyncDispose]: () => Promise.resolve() });

/**
 * The same Pods wait for their images in two clusters, one after the other: alone, and beside a namespace full of what an API
 * server takes. Without enbi's admission policies, which would refuse most of it: the controller has to hold by itself.
 */
export async function measureHostile({ size, profiles, report }: Options): Promise<Hostile> {
  const folder = await mkdtemp(join(tmpdir(), 'enbi-hostile-'));
  try {
    const program = join(folder, 'parts/enbi.mjs');
    await bundleInParts('src/main/main.ts', dirname(program));
    const profiled = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
    const shared = { argv: [process.execPath, ...profiled, program], report };
    const nothing = { seed: () => Promise.resolve({ podsKiB: 0, buildsKiB: 0 }), disturb: () => quiet };
    const alone = await inNewCluster({ ...shared, ...nothing });
    const beside = await inNewCluster({
      ...shared,
      seed: (client) => seedHostile(client, size, report),
      disturb: (client) => () => churn(client, size),
    });
    return { ...compared(alone.figures, beside.figures), size, seeded: beside.seeded };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function compared(alone: Figures, beside: Figures): Omit<Hostile, 'size' | 'seeded'> {
  const ratio = (of: (figures: Figures) => number) => Math.round((of(beside) / of(alone)) * 100) / 100;
  return {
    rssMiB: beside.rssMiB,
    loopDelayMsP99: Math.max(beside.start.loopDelayMsP99, beside.steady.loopDelayMsP99),
    victimRatio: ratio(({ steady }) => steady.victimMsP50),
    victimRatioAtStart: ratio(({ start }) => start.victimMsP50),
    bareRatio: ratio(({ bareMsP50 }) => bareMsP50),
    alone,
    beside,
  };
}

interface Trial {
  readonly argv: readonly string[];
  readonly report: (line: string) => void;
  readonly seed: (client: KubeClient) => Promise<Seeded>;
  readonly disturb: (client: KubeClient) => Disturb;
}

async function inNewCluster({ argv, report, seed, disturb }: Trial) {
  using _ = await claimCluster('bench-hostile', 'or wait');
  const cluster = await up({ name: 'bench-hostile', nodes: 0, report });
  try {
    const { kubeconfig } = cluster;
    await cluster.kubectl(['apply', '-f', join(checkout, 'deploy/crds.yaml')]);
    using client = createKubeClient(await loadKubeconfig(kubeconfig), {
      userAgent: 'bench',
      maxSockets: 32,
      deadlineMs: 120_000,
    });
    await seedCluster(client, others, report);
    await seedAskingPods(client, group, others);
    const seeded = await seed(client);
    report("measuring enbi's controller");
    const figures = await measureController(
      client,
      [...argv, 'controller', '--kubeconfig', kubeconfig],
      disturb(client),
    );
    report('measuring the API server without it');
    return { seeded, figures: { ...figures, bareMsP50: await measureBare(client, disturb(client)) } };
  } finally {
    await cluster.down();
  }
}

async function measureController(client: KubeClient, argv: readonly string[], disturb: Disturb) {
  // In all as many as the nodes allow: builds never end here, since no kubelet runs them.
  const slots = ['--max-builds', String(others.nodes * 4), '--log-level', 'error'];
  const flags = ['--image', 'enbi.test/enbi:1', '--http-port', String(port), ...slots];
  const env = { HOSTNAME: 'bench', ...(await nodeEnvironment()) };
  await using contender = new Contender([...argv, ...flags], env, port);
  return await controllerFigures(client, contender, disturb);
}

async function measureBare(client: KubeClient, disturb: Disturb): Promise<number> {
  await using churning = disturb();
  void churning;
  return rounded(quantile(await bareWaits(client, early), 0.5));
}
