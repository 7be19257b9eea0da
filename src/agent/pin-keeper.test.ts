import { expect, it } from 'vitest';
import type { AgentOrder } from '../api/agent-order.ts';
import type { AgentJob } from './agent-job.ts';
import { PinKeeper } from './pin-keeper.ts';

const pinned = (by: string): AgentOrder => ({ id: `order-${by}`, pin: { by } });

function keeperOf(...holders: readonly string[]) {
  const node = { pins: holders.map((by) => ({ name: `r.example/${by}:1`, by })), works: true, meanwhile: () => {} };
  const lines: string[] = [];
  const ask = async (job: AgentJob) => {
    if (!node.works) return { ok: false };
    if (job.do === 'unpin') node.pins = node.pins.filter(({ by }) => !job.pins.some((pin) => pin.by === by));
    const { pins } = node;
    if (job.do === 'find pins') node.meanwhile();
    return await Promise.resolve(job.do === 'find pins' ? { ok: true, pins } : { ok: true });
  };
  const keeper = new PinKeeper({ ask, print: (line) => lines.push(line) });
  return { keeper, node, lines, left: () => node.pins.map(({ by }) => by) };
}

it('takes off at its start what nobody names', async () => {
  const { keeper, left, lines } = keeperOf('a', 'killed');
  keeper.listed([pinned('a')]);
  expect(keeper.isDue).toBe(true);
  await keeper.tidy();
  expect([left(), lines, keeper.isDue]).toEqual([['a'], ['[enbi] r.example/killed:1 is pinned no longer'], false]);
});

it('has nothing to do before there is a list, and while nothing leaves it', async () => {
  const { keeper } = keeperOf('a');
  expect(keeper.isDue).toBe(false);
  keeper.listed([pinned('a')]);
  await keeper.tidy();
  keeper.listed([pinned('a'), pinned('b')]);
  expect(keeper.isDue).toBe(false);
});

it('takes off what has left the list', async () => {
  const { keeper, left } = keeperOf('a', 'b');
  keeper.listed([pinned('a'), pinned('b')]);
  await keeper.tidy();
  keeper.listed([pinned('b')]);
  await keeper.tidy();
  expect(left()).toEqual(['b']);
});

it('leaves what is named while it looks', async () => {
  const { keeper, node, left } = keeperOf('new');
  keeper.listed([]);
  node.meanwhile = () => keeper.listed([pinned('new')]);
  await keeper.tidy();
  expect(left()).toEqual(['new']);
});

it('is due again for what leaves the list while it looks, and has not failed', async () => {
  const { keeper, node, left } = keeperOf('a');
  keeper.listed([pinned('a')]);
  node.meanwhile = () => keeper.listed([]);
  expect([await keeper.tidy(), left(), keeper.isDue]).toEqual([true, [], true]);
});

it('takes off what it was to keep when it is stopped, and nothing of another agent', async () => {
  const { keeper, left } = keeperOf('a', 'b', 'of-another');
  keeper.listed([pinned('a'), pinned('b')]);
  await keeper.release();
  expect(left()).toEqual(['of-another']);
});

it('tries again what failed', async () => {
  const { keeper, node, left } = keeperOf('a');
  node.works = false;
  keeper.listed([]);
  expect([await keeper.tidy(), keeper.isDue, left()]).toEqual([false, true, ['a']]);
  node.works = true;
  expect([await keeper.tidy(), keeper.isDue, left()]).toEqual([true, false, []]);
});
