import { setImmediate as soon } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Attack, mustHold } from './attack.ts';
import { tryAll } from './try-all.ts';

const shared = (name: string) => ({ name, rights: 'a tenant', steps: 'attacks', holds: 'it holds' }) as Attack;
const single = (name: string): Attack => ({ ...shared(name), alone: true });

/** Tries them, each for a few turns of the event loop; gives which ran beside which, and what was said. */
async function tried(attacks: readonly Attack[], atOnce: number) {
  const running = new Set<string>();
  const together: string[] = [];
  const said: string[] = [];
  const attempt = async ({ name }: Attack) => {
    running.add(name);
    for (let turn = 0; turn < 3; turn++) await soon();
    together.push([...running].toSorted().join(' '));
    running.delete(name);
    mustHold(!name.startsWith('weak'), 'it was read\nby all');
  };
  const outcomes = await tryAll(attacks, { atOnce, attempt, say: (text) => void said.push(text) });
  return { outcomes, together, said };
}

test('as many run at once as are asked for, and no more', async () => {
  const { together } = await tried(['a', 'b', 'c', 'd', 'e'].map(shared), 2);
  const sizes = together.map((names) => names.split(' ').length);
  expect(Math.max(...sizes)).toBe(2);
});

test('those that everybody feels come last, and each by itself', async () => {
  const { together } = await tried([single('x'), shared('a'), single('y'), shared('b')], 4);
  expect(together.slice(-2)).toEqual(['x', 'y']);
});

test('the outcomes are in the order of the attacks, and one that breaks keeps none from being tried', async () => {
  const { outcomes } = await tried([single('x'), shared('weak'), shared('b')], 2);
  expect(outcomes.map(({ name, result }) => `${name} ${result}`)).toEqual(['x held', 'weak broken', 'b held']);
});

test('what is said of an attack that ended is said in one piece', async () => {
  const { said } = await tried([shared('weak')], 4);
  expect(said).toEqual([
    '   weak begins',
    expect.stringMatching(/── weak, 0 s ──\na tenant attacks\nbroken: it was read\nby all\n$/),
  ]);
});
