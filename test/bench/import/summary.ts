import { InternalError } from '../../../src/errors.ts';
import { medianOf } from '../rollout/median.ts';
import type { Cost } from './measure.ts';
import { type State, states } from './ways.ts';

type Costs = Readonly<Record<string, Readonly<Record<State, Cost>>>>;

export const ratioNames = [
  'coldProcess',
  'unchangedProcess',
  'topLayerProcess',
  'unchangedInside',
  'topLayerInside',
] as const;

export interface ImportBench {
  /** Medians of `ctr images import --local` divided by those of enbi from the same archive. ctr does not say its inside: the process. */
  readonly ratios: Readonly<Record<(typeof ratioNames)[number], number>>;
  /** By containerd for enbi, from the archive. */
  readonly bytesWritten: Readonly<Record<State, number>>;
  /** By way and state. */
  readonly medians: Costs;
  readonly rounds: readonly Costs[];
}

export const enbiName = 'enbi, archive';
export const ctrName = 'ctr images import --local';

export function summary(rounds: readonly Costs[]): ImportBench {
  const names = Object.keys(rounds[0] ?? {});
  const medians: Costs = Object.fromEntries(names.map((name) => [name, mediansOf(rounds.map((costs) => costs[name]))]));
  const process = (name: string, state: State) => medians[name]?.[state].processSeconds ?? Number.NaN;
  const inside = (state: State) => medians[enbiName]?.[state].insideSeconds ?? Number.NaN;
  return {
    ratios: {
      coldProcess: process(ctrName, 'cold') / process(enbiName, 'cold'),
      unchangedProcess: process(ctrName, 'unchanged') / process(enbiName, 'unchanged'),
      topLayerProcess: process(ctrName, 'topLayer') / process(enbiName, 'topLayer'),
      unchangedInside: process(ctrName, 'unchanged') / inside('unchanged'),
      topLayerInside: process(ctrName, 'topLayer') / inside('topLayer'),
    },
    bytesWritten: perState((state) => medians[enbiName]?.[state].bytesWritten ?? Number.NaN),
    medians,
    rounds,
  };
}

function mediansOf(costs: readonly (Readonly<Record<State, Cost>> | undefined)[]): Record<State, Cost> {
  const numbers = (state: State, key: keyof Cost) =>
    costs.flatMap((cost) => (cost?.[state][key] === undefined ? [] : [cost[state][key]]));
  return perState((state) => {
    const median = (key: keyof Cost) => medianOf(numbers(state, key));
    return {
      processSeconds: median('processSeconds'),
      insideSeconds: numbers(state, 'insideSeconds').length === 0 ? undefined : median('insideSeconds'),
      cpuSeconds: median('cpuSeconds'),
      containerdCpuSeconds: median('containerdCpuSeconds'),
      peakMegabytes: median('peakMegabytes'),
      bytesWritten: median('bytesWritten'),
      bytesKept: median('bytesKept'),
    };
  });
}

function perState<T>(valueOf: (state: State) => T): Record<State, T> {
  return { cold: valueOf('cold'), unchanged: valueOf('unchanged'), topLayer: valueOf('topLayer') };
}

/** Whatever the image's size: a node gives an import no more. */
const mostMegabytes = 150;

/** In every round: throws where enbi took more. */
export function checkMemory({ rounds }: Pick<ImportBench, 'rounds'>): void {
  for (const [name, costs] of rounds.flatMap((round) => Object.entries(round))) {
    const most = Math.max(...states.map((state) => costs[state].peakMegabytes));
    if (name.startsWith('enbi') && most > mostMegabytes) {
      throw new InternalError('CommandFailed', `${name}: ${most} MB of memory, at most ${mostMegabytes} are allowed`);
    }
  }
}

/** The promise that cost is proportional to what changed, in every round: throws where enbi wrote more. */
export function checkBytesWritten({ rounds }: Pick<ImportBench, 'rounds'>): void {
  for (const [name, costs] of rounds.flatMap((round) => Object.entries(round))) {
    if (!name.startsWith('enbi')) continue;
    for (const state of states) {
      const { bytesWritten, bytesKept } = costs[state];
      const most = bytesKept * 1.05 + 1e6;
      if (bytesWritten > most) {
        const problem = `${name}, ${state}: containerd wrote ${bytesWritten} bytes for ${bytesKept} that were new`;
        throw new InternalError('CommandFailed', problem);
      }
    }
  }
}
