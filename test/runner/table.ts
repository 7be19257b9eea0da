import type { Tally } from './tally.ts';

export interface Line extends Omit<Tally, 'failures'> {
  readonly name: string;
  readonly seconds: number;
}

/** How each part of a run ended, one below the other. */
export function tableOf(lines: readonly Line[]): string {
  const counts = ['passed', 'failed', 'skipped'] as const;
  const width = Math.max(...lines.map(({ name }) => name.length));
  const row = (name: string, cells: readonly (string | number)[]) =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(8))].join('').trimEnd();
  return [
    row('', [...counts, 'seconds']),
    ...lines.map((line) => row(line.name, [...counts.map((count) => line[count]), Math.round(line.seconds)])),
  ].join('\n');
}
