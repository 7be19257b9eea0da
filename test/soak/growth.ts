import type { ProcessSample } from './process-sample.ts';

type Figure = Exclude<keyof ProcessSample, 'process'>;

/** What one process came to in the second and in the last third of its samples; the first third is warming up. */
export interface Growth {
  readonly process: string;
  readonly figure: Figure;
  readonly samples: number;
  readonly early: number;
  readonly late: number;
  readonly allowed: number;
}

/** A share of what it was, and something on top for what is small. A leak of every action is more after a few minutes. */
const allowances: Readonly<Record<Figure, { readonly share: number; readonly plus: number }>> = {
  heapMiB: { share: 0.05, plus: 1 },
  rssMiB: { share: 0.1, plus: 4 },
  sockets: { share: 0, plus: 2 },
};

const fewest = 6;

/** Of each process that was sampled often enough, the lowest of each third: above it is what comes and goes. */
export function growthIn(samples: readonly ProcessSample[]): readonly Growth[] {
  const byProcess = Map.groupBy(samples, ({ process }) => process);
  const figures: readonly Figure[] = ['heapMiB', 'rssMiB', 'sockets'];
  return [...byProcess]
    .filter(([, own]) => own.length >= fewest)
    .flatMap(([process, own]) => figures.map((figure) => growthOf(process, figure, own)));
}

function growthOf(process: string, figure: Figure, own: readonly ProcessSample[]): Growth {
  const third = Math.floor(own.length / 3);
  const lowest = (of: readonly ProcessSample[]) => Math.min(...of.map((sample) => sample[figure]));
  const [early, late] = [lowest(own.slice(-2 * third, -third)), lowest(own.slice(-third))];
  const { share, plus } = allowances[figure];
  return { process, figure, samples: own.length, early, late, allowed: early * (1 + share) + plus };
}

export function isLeak({ late, allowed }: Growth): boolean {
  return late > allowed;
}

export function printGrowth(growth: Growth): string {
  const { process, figure, samples, early, late, allowed } = growth;
  const [from, to, most] = [early, late, allowed].map((number) => number.toFixed(1));
  return `${process} ${figure}: ${from}, later ${to}, at most ${most} (${samples} samples)${isLeak(growth) ? ': GROWS' : ''}`;
}
