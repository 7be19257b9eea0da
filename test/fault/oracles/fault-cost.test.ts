import { expect, test } from 'vitest';
import type { Fault } from '../plan.ts';
import { costOf } from './fault-cost.ts';

const at = (moment: string, does: Fault['does']): Fault => ({ at: { moment, nth: 1 }, does });

test.each<[string, Fault[], number, number]>([
  ['a write that never arrived is written once', [at('create jobs', 'drop')], 0, 0],
  ['a write that was refused is written once', [at('create jobs', '429')], 0, 0],
  ['a write that is slow is written once', [at('patch nixbuilds/status', 'late')], 0, 0],
  ['a write whose answer is lost is looked for, and told of no more', [at('patch nixbuilds/status', 'cut')], 0, 2],
  ['a Pod may be woken twice', [at('patch pods', 'cut')], 1, 2],
  ['so is one whose answer is half', [at('delete jobs', 'half')], 0, 2],
  ['so is one that is done and said not to be', [at('patch pods', '504')], 0, 2],
  ['who dies before a write has it written by the next', [at('create jobs', 'kill-before')], 1, 48],
  ['who dies after a write has it found by the next', [at('create jobs', 'kill-after')], 1, 48],
  ['a lost event is lost', [at('create events', 'drop')], 0, 1],
  ['a read costs no write', [at('list pods', 'cut')], 0, 0],
  ['who dies at a read takes along what it had to say', [at('get pods/log', 'kill-after')], 1, 48],
  ['a log that cannot be read is one progress more to tell', [at('get pods/log', '500')], 1, 0],
  ['an agent whose log was cut is asked', [at('line pods/log agent', 'cut-after')], 1, 0],
  ['what a watch does not tell costs no write', [at('watch pods managed', 'skip')], 0, 0],
  ['who waits for a claim says so', [at('watch persistentvolumeclaims', 'skip')], 1, 0],
  ['who dies at an event takes along what it had to say', [at('watch jobs', 'kill-lag')], 1, 48],
  ['several cost what each of them does', [at('patch pods', 'cut'), at('create events', 'cut')], 1, 3],
  ['whoever takes the place of an agent is made and told', [at('agent line', 'kill-agent')], 6, 0],
  ['a list that comes late is none more', [at('agent list', 'late')], 0, 0],
  ['none cost nothing', [], 0, 0],
])('%s', (_, faults, writes, untold) => {
  expect(costOf(faults)).toMatchObject({ writes, untold });
});
