import type { Cost } from './measure.ts';
import { type ImportBench, ratioNames } from './summary.ts';
import { type State, states } from './ways.ts';

const columns: readonly (readonly [title: string, value: (cost: Cost) => string])[] = [
  ['process s', ({ processSeconds }) => processSeconds.toFixed(2)],
  ['inside s', ({ insideSeconds }) => insideSeconds?.toFixed(2) ?? '–'],
  ['CPU s', ({ cpuSeconds }) => cpuSeconds.toFixed(2)],
  ["containerd's", ({ containerdCpuSeconds }) => containerdCpuSeconds.toFixed(2)],
  ['peak MB', ({ peakMegabytes }) => peakMegabytes.toFixed(0)],
  ['MB written', ({ bytesWritten }) => (bytesWritten / 1e6).toFixed(1)],
];

const stateText: Readonly<Record<State, string>> = {
  cold: 'cold',
  unchanged: 'unchanged',
  topLayer: 'top layer changed',
};

/** The goals of the importer, as ratios to `ctr images import --local`. */
const goals: Readonly<Record<keyof ImportBench['ratios'], number>> = {
  coldProcess: 1,
  unchangedProcess: 8,
  topLayerProcess: 8,
  unchangedInside: 20,
  topLayerInside: 20,
};

/** As Markdown, so that it can be copied into docs/reference/performance.md. */
export function printImport({ medians, ratios, rounds }: ImportBench): string {
  return [
    `546 MB, 41 layers, 19,000 files; medians of ${rounds.length} rounds`,
    '',
    ...states.flatMap((state) => [...table(state, medians), '']),
    ...ratioTable(ratios),
  ].join('\n');
}

/** Nothing, when not both were measured. */
function ratioTable(ratios: ImportBench['ratios']): string[] {
  const measured = ratioNames.filter((key) => Number.isFinite(ratios[key]));
  if (measured.length === 0) return [];
  const rows = measured.map((key) => `| ${key} | ${ratios[key].toFixed(1)} | ${verdict(ratios[key], goals[key])} |`);
  return ['| `ctr images import --local` ÷ enbi | measured | goal |', '|---|---|---|', ...rows, ''];
}

function table(state: State, medians: ImportBench['medians']): string[] {
  const rows = Object.entries(medians).map(([name, costs]) => [
    name,
    ...columns.map(([, value]) => value(costs[state])),
  ]);
  const heads = [stateText[state], ...columns.map(([title]) => title)];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`);
}

/** One of the ways is a pipe. */
function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

function verdict(measured: number, goal: number): string {
  return `${goal}${measured >= goal ? '' : ', missed'}`;
}
