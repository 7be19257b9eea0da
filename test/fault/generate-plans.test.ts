import { describe, expect, test } from 'vitest';
import { plansFor, randomPlans, sampleOf, shareOf } from './generate-plans.ts';
import type { Met } from './proxy/disturbance.ts';

const met: readonly Met[] = Array.from({ length: 40 }, (_, index) => ({
  moment: index % 2 === 0 ? 'create jobs' : 'watch jobs',
  nth: 1 + Math.floor(index / 2),
  kind: index % 2 === 0 ? 'write' : 'event',
}));
const plans = ['one', 'two', 'three'].flatMap((scenario) => plansFor(scenario, met));

describe('a sample', () => {
  test('has as many plans as are asked for, and of each scenario as many', () => {
    const sample = sampleOf(plans, 60);
    const counts = [...Map.groupBy(sample, ({ scenario }) => scenario).values()].map(({ length }) => length);
    expect(counts).toEqual([20, 20, 20]);
    expect(sampleOf(plans, 61)).toHaveLength(61);
  });

  test('is always the same, and no plan is in it twice', () => {
    expect(sampleOf(plans, 60)).toEqual(sampleOf(plans, 60));
    expect(new Set(sampleOf(plans, 60)).size).toBe(60);
  });

  test('has nearly all faults', () => {
    const does = new Set(sampleOf(plans, 200).flatMap(({ faults }) => faults.map((fault) => fault.does)));
    const all = new Set(plans.flatMap(({ faults }) => faults.map((fault) => fault.does)));
    expect(does.size).toBe(all.size);
  });

  test('is all there is when more is asked for', () => {
    expect(sampleOf(plans, 100_000)).toEqual(plans);
  });
});

test('one of so many as --all tries meets every fault', () => {
  const does = new Set(shareOf(plans, 29).flatMap(({ faults }) => faults.map((fault) => fault.does)));
  expect(does.size).toBe(new Set(plans.flatMap(({ faults }) => faults.map((fault) => fault.does))).size);
});

test('random plans are the same for the same seed', () => {
  expect(randomPlans(plans, { count: 20, seed: 3 })).toEqual(randomPlans(plans, { count: 20, seed: 3 }));
  expect(randomPlans(plans, { count: 20, seed: 3 })).not.toEqual(randomPlans(plans, { count: 20, seed: 4 }));
});
