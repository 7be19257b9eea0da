import { kindOf } from './oracles/fault-cost.ts';
import type { Verdict } from './suite.ts';

/** How many plans of each scenario were tried and failed. */
export function printByScenario(verdicts: readonly Verdict[]): string {
  return print('scenario', verdicts, ({ plan }) => plan.scenario);
}

/** The same by what goes wrong, and at what. */
export function printByFault(verdicts: readonly Verdict[]): string {
  return print('fault', verdicts, ({ plan: { faults } }) => {
    const [fault] = faults;
    if (fault === undefined) return 'undisturbed';
    return faults.length > 1 ? 'several' : `${kindOf(fault)} ${fault.does}`;
  });
}

function print(title: string, verdicts: readonly Verdict[], groupOf: (verdict: Verdict) => string): string {
  const rows = [...Map.groupBy(verdicts, groupOf)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, all]) => {
      const failed = all.filter(({ problems }) => problems.length > 0).length;
      const unmet = all.filter(({ unmetFaults }) => unmetFaults > 0).length;
      const most = Math.max(...all.map(({ extraWrites }) => extraWrites));
      return row([group, ...[all.length, failed, unmet, most].map(String)]);
    });
  return [row([title, 'plans', 'failed', 'not met', 'most writes more']), ...rows].join('\n');
}

function row([name = '', ...cells]: readonly string[]): string {
  return `${name.padEnd(28)}${cells.map((cell) => cell.padStart(cell.length > 8 ? 18 : 9)).join('')}`;
}
