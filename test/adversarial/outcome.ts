import { asError } from '../../src/errors.ts';
import { type Attack, Broken } from './attack.ts';

export interface Outcome {
  readonly name: string;
  /** `not tried`: it could not be, and `why` says for what reason. */
  readonly result: 'held' | 'broken' | 'not tried';
  readonly why: string;
  readonly seconds: number;
}

/** What did not hold is told apart from what went wrong with the attempt: neither is a success. */
export async function outcomeOf({ name }: Attack, attempt: () => Promise<void>): Promise<Outcome> {
  const startedAt = performance.now();
  const ended = (result: Outcome['result'], why: string) => {
    return { name, result, why, seconds: Math.round((performance.now() - startedAt) / 1000) };
  };
  try {
    await attempt();
    return ended('held', '');
  } catch (thrown) {
    return ended(thrown instanceof Broken ? 'broken' : 'not tried', asError(thrown).message);
  }
}

export function tableOfOutcomes(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  return outcomes
    .map(({ name, result, why, seconds }) =>
      `${name.padEnd(width)}  ${result.padEnd(9)}  ${String(seconds).padStart(4)} s  ${firstLine(why)}`.trimEnd(),
    )
    .join('\n');
}

export function summaryOfOutcomes(outcomes: readonly Outcome[]): string {
  const count = (result: Outcome['result']) => outcomes.filter((outcome) => outcome.result === result).length;
  const untried = count('not tried');
  return `${count('held')} held, ${count('broken')} broken${untried === 0 ? '' : `, ${untried} not tried`}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 200) ?? '';
}
