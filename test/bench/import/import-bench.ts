import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureComponents } from '../../../cluster/components.ts';
import { bundleInParts } from '../../../image/bundle.ts';
import { asError, InternalError } from '../../../src/errors.ts';
import { startContainerd, type TestContainerd } from '../../support/containerd.ts';
import { ensureBenchImage } from './bench-image.ts';
import { builtWay } from './built-way.ts';
import { containerWay, enbiWay } from './enbi-way.ts';
import { type Cost, contentBytes } from './measure.ts';
import { ctrWay, pipeWay, registryWay } from './other-ways.ts';
import { checkBytesWritten, checkMemory, type ImportBench, summary } from './summary.ts';
import { type State, type Surroundings, states, versionIn, type Way } from './ways.ts';

export interface ImportBenchOptions {
  readonly runs: number;
  /** Part of a way's name; only these are measured. */
  readonly only?: string;
  /** Instead of the ways to load an image: until a container of it is made, unpacked at one time or the other. */
  readonly containers?: boolean;
  readonly report: (line: string) => void;
}

/** The same image by every way, way by way in each round, so that a busy minute of the machine meets all of them. */
export async function measureImport({
  runs,
  only = '',
  containers = false,
  report,
}: ImportBenchOptions): Promise<ImportBench> {
  const { bin } = await ensureComponents(report);
  const image = await ensureBenchImage(report);
  const program = await mkdtemp(join(tmpdir(), 'enbi-program-'));
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rm(program, { recursive: true }));
  await bundleInParts('src/main/main.ts', program);
  const daemon = cleanUp.use(await startContainerd(bin));
  const around = { image, bin, report, program };
  const all = containers ? await containerWays(daemon, around) : await waysFrom(daemon, around);
  const ways = all.map((way) => cleanUp.use(way));
  const chosen = ways.filter(({ name }) => name.includes(only));
  const rounds: Record<string, Record<State, Cost>>[] = [];
  for (let round = 1; round <= runs; round++) {
    const costs: Record<string, Record<State, Cost>> = {};
    for (const way of chosen) {
      costs[way.name] = await inEveryState(way, daemon);
      report(`round ${round}: ${way.name}: ${secondsOf(costs[way.name])}`);
    }
    rounds.push(costs);
  }
  const bench = summary(rounds);
  checkBytesWritten(bench);
  checkMemory(bench);
  return bench;
}

async function containerWays(daemon: TestContainerd, around: Surroundings & { program: string }): Promise<Way[]> {
  const variants = (['archive', 'stream'] as const).flatMap((format) =>
    [false, true].map((unpack) => ({ format, unpack })),
  );
  const ways: Way[] = [];
  for (const variant of variants) ways.push(await containerWay(variant, daemon, around));
  return ways;
}

async function waysFrom(daemon: TestContainerd, with_: Surroundings & { program: string }): Promise<Way[]> {
  const ways = [
    await enbiWay('archive', daemon, with_),
    ctrWay(['--local'], daemon, with_),
    await enbiWay('gzip', daemon, with_),
    ctrWay([], daemon, with_),
    await enbiWay('stream', daemon, with_),
    await pipeWay(daemon, with_),
  ];
  for (const open of [() => builtWay(daemon, with_), () => registryWay(daemon, with_)]) {
    try {
      ways.push(await open());
    } catch (thrown) {
      with_.report(`left out: ${asError(thrown).message}`);
    }
  }
  return ways;
}

async function inEveryState(way: Way, daemon: TestContainerd): Promise<Record<State, Cost>> {
  await empty(daemon);
  await way.forget?.();
  const cold = await way.bring(versionIn.cold);
  const unchanged = await way.bring(versionIn.unchanged);
  const topLayer = await way.bring(versionIn.topLayer);
  return { cold, unchanged, topLayer };
}

/** Also waits for the disk, so that one way's writes do not delay the next. */
async function empty(daemon: TestContainerd): Promise<void> {
  const names = (await daemon.ctr('images', 'list', '--quiet')).split('\n').filter((name) => name !== '');
  if (names.length > 0) await daemon.ctr('images', 'remove', '--sync', ...names);
  for (let attempt = 0; (await contentBytes(daemon)) > 0; attempt++) {
    if (attempt > 100) throw new InternalError('CommandFailed', 'containerd does not collect what no image needs');
    await sleep(100);
  }
}

function secondsOf(costs: Record<State, Cost> | undefined): string {
  return states.map((state) => `${state} ${costs?.[state].processSeconds.toFixed(2)} s`).join(', ');
}
