import { atMost } from '../support/at-most.ts';
import type { Attack } from './attack.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

interface How {
  /** So many of those that do not disturb each other. */
  readonly atOnce: number;
  readonly attempt: (attack: Attack) => Promise<void>;
  readonly say: (text: string) => void;
}

/**
 * A few at a time, since most of an attack is waiting; then, one by one, those that everybody feels. What is said of one when it
 * ends is said at once, so that no two are mixed. The outcomes are in the order of the attacks.
 */
export async function tryAll(attacks: readonly Attack[], { atOnce, attempt, say }: How): Promise<readonly Outcome[]> {
  const tried = async (attack: Attack) => {
    say(`   ${attack.name} begins`);
    const outcome = await outcomeOf(attack, () => attempt(attack));
    say(blockOf(attack, outcome));
    return outcome;
  };
  const [shared, single] = [atMost(atOnce), atMost(1)];
  const first = attacks.filter(({ alone }) => alone !== true).map((attack) => shared(() => tried(attack)));
  const outcomes = await Promise.all(first);
  const then = attacks.filter(({ alone }) => alone === true).map((attack) => single(() => tried(attack)));
  outcomes.push(...(await Promise.all(then)));
  return attacks.flatMap((attack) => outcomes.filter(({ name }) => name === attack.name));
}

function blockOf({ name, rights, steps, holds }: Attack, { result, why, seconds }: Outcome): string {
  return `\n── ${name}, ${seconds} s ──\n${rights} ${steps}\n${result}: ${result === 'held' ? holds : why}\n`;
}
