import { expect, it } from 'vitest';
import type { Refusal } from '../runtime/refusals.ts';
import { RefusalsOfOthers } from './refusals-of-others.ts';

function refused(times: number, name = 'enbi-agent-node-1'): Refusal {
  const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'enbi', name };
  return { verb: 'create', ref, times, message: 'no', againInMs: 1000 } as Refusal;
}

function agents() {
  const looked: string[] = [];
  return { looked, refusals: new RefusalsOfOthers((node) => void looked.push(node)) };
}

it('keeps what was refused last, by node', () => {
  const { refusals } = agents();
  refusals.note('node-1', [refused(1)]);
  refusals.note('node-2', [refused(2)]);
  expect([refusals.of('node-1'), refusals.of('node-2')]).toEqual([[refused(1)], [refused(2)]]);
  refusals.note('node-1', []);
  expect(refusals.of('node-1')).toEqual([]);
});

it('has the builds of the node looked at when that is another, and not at every look', () => {
  const { looked, refusals } = agents();
  refusals.note('node-1', []);
  refusals.note('node-1', [refused(1)]);
  refusals.note('node-1', [{ ...refused(1), againInMs: 500 }]);
  expect(looked).toEqual(['node-1']);
  refusals.note('node-1', [refused(2)]);
  refusals.note('node-1', [refused(2, 'enbi-agent-other')]);
  refusals.note('node-1', []);
  expect(looked).toEqual(['node-1', 'node-1', 'node-1', 'node-1']);
});
