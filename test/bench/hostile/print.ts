import type { Figures } from './figures.ts';
import type { Hostile } from './hostile.ts';

export function printHostile(hostile: Hostile): string {
  const { size, seeded, alone, beside } = hostile;
  const mebibytes = (kibibytes: number) => `${Math.round(kibibytes / 1024)} MiB`;
  const row = (text: string, goal: string, of: (figures: Figures) => number) => line(text, goal, of(beside), of(alone));
  return [
    `One namespace: ${size.pods} Pods (${mebibytes(seeded.podsKiB)}), ${size.builds} NixBuilds (${mebibytes(seeded.buildsKiB)}) that name ${size.secrets} Secrets;`,
    'without the admission policies of deploy/, which would refuse most of them',
    '',
    line('', 'goal', 'beside it', 'alone'),
    row("the controller's memory at its highest (MiB)", '160', ({ rssMiB }) => rssMiB),
    row('time to sync (s)', '', ({ syncSeconds }) => syncSeconds),
    row('until all NixBuilds are looked at (s)', '', ({ settledSeconds }) => settledSeconds),
    '',
    'all seen, and written all the time',
    ...phaseLines(({ steady }) => steady, row),
    line("another's builds, as a multiple of alone", '1.5', hostile.victimRatio, 1),
    row('their requests without a controller (ms)', '', ({ bareMsP50 }) => bareMsP50),
    line('those, as a multiple of alone', '', hostile.bareRatio, 1),
    '',
    'right after the start',
    ...phaseLines(({ start }) => start, row),
    line("another's builds, as a multiple of alone", '', hostile.victimRatioAtStart, 1),
    '',
  ].join('\n');
}

type Row = (text: string, goal: string, of: (figures: Figures) => number) => string;

function phaseLines(of: (figures: Figures) => Figures['start'], row: Row): readonly string[] {
  return [
    row('a timer of 10 ms late, 99 of 100 by at most (ms)', '200', (figures) => of(figures).loopDelayMsP99),
    row('the same, at most (ms)', '', (figures) => of(figures).loopDelayMsMax),
    row('of one core, for the controller', '', (figures) => of(figures).cpuShare),
    row("another's Pod fails → Job, half within (ms)", '', (figures) => of(figures).victimMsP50),
    row('the same, 99 of 100 within (ms)', '', (figures) => of(figures).victimMsP99),
  ];
}

function line(text: string, goal: string, beside: number | string, alone: number | string): string {
  return `${text.padEnd(50)}${goal.padStart(6)}${String(beside).padStart(12)}${String(alone).padStart(10)}`;
}
