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
export async function tryAll(attacks: readonly Attack[], { atOnce, ...how }: How): Promise<readonly Outcome[]> {
  const shared = await tryInLanes(
    attacks.filter(({ alone }) => alone !== true),
    { atOnce, ...how },
  );
  const single = await tryInLanes(
    attacks.filter(({ alone }) => alone === true),
    { atOnce: 1, ...how },
  );
  const outcomes = new Map([...shared, ...single].map((outcome) => [outcome.name, outcome]));
  return attacks.flatMap(({ name }) => outcomes.get(name) ?? []);
}

async function tryInLanes(attacks: readonly Attack[], { atOnce, attempt, say }: How): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = attacks.values();
  const lane = async () => {
    for (const attack of waiting) {
      say(`   ${attack.name} begins`);
      const outcome = await outcomeOf(attack, () => attempt(attack));
      say(blockOf(attack, outcome));
      outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return outcomes;
}

function blockOf({ name, rights, steps, holds }: Attack, { result, why, seconds }: Outcome): string {
  return `\n── ${name}, ${seconds} s ──\n${rights} ${steps}\n${result}: ${result === 'held' ? holds : why}\n`;
}
