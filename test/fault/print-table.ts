import type { Verdict } from './suite.ts';

/** How many plans of each scenario were tried and failed, by what each does. */
export function printTable(verdicts: readonly Verdict[]): string {
  const rows = [...Map.groupBy(verdicts, ({ plan }) => plan.scenario)].map(([scenario, all]) => {
    const failed = all.filter(({ problems }) => problems.length > 0).length;
    const unmet = all.filter(({ unmetFaults }) => unmetFaults > 0).length;
    return row([scenario, String(all.length), String(failed), String(unmet)]);
  });
  return [row(['scenario', 'plans', 'failed', 'not met']), ...rows].join('\n');
}

function row([name = '', ...cells]: readonly string[]): string {
  return `${name.padEnd(32)}${cells.map((cell) => cell.padStart(9)).join('')}`;
}
