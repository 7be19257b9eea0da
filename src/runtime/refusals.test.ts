import { beforeEach, describe, expect, it } from 'vitest';
import { PolicyError, TransientError, UserError } from '../errors.ts';
import { errorFor } from './api-status.ts';
import { FakeClock } from './fake-clock.ts';
import { NotTriedYet, Refusals } from './refusals.ts';

const asked = (name = 'one', verb: 'create' | 'delete' = 'create') => ({
  verb,
  ref: { apiVersion: 'v1', kind: 'Thing', namespace: 'team', name },
});
const answered = (code: number, reason: string) => errorFor({ code, reason, message: 'in its words' }, 'POST');

describe('refusals', () => {
  let clock: FakeClock;
  let refusals: Refusals;

  beforeEach(() => {
    clock = new FakeClock();
    refusals = new Refusals(clock, { keys: 3, writes: 2 });
  });

  const fail = (error: Error, name?: string, key = 'a') =>
    refusals.during(key, asked(name), () => Promise.reject(error)).catch((thrown: unknown) => thrown);

  it.each([
    ['a quota, a policy', answered(403, 'Forbidden'), 'Forbidden'],
    ['an object that is invalid', answered(422, 'Invalid'), 'Invalid'],
    ['an object that is too large', answered(413, 'RequestEntityTooLarge'), 'RequestEntityTooLarge'],
    ['a name that somebody else has', new UserError('NameTaken', 'in its words'), 'NameTaken'],
  ])('are %s', async (_, error, reason) => {
    expect(await fail(error)).toBe(error);
    expect(refusals.of('a')).toEqual([{ ...asked(), reason, message: 'in its words', times: 1, againInMs: 10_000 }]);
    expect(refusals.has('a', error)).toBe(true);
  });

  it.each([
    ['an object that changed', answered(409, 'Conflict')],
    ['a server that is busy', answered(429, 'TooManyRequests')],
    ['a server that fails', answered(500, 'InternalError')],
    ['nobody who answered', new TransientError('NetworkUnreachable', 'socket hang up')],
    ['a defect', new TypeError('x is not a function')],
  ])('are not %s', async (_, error) => {
    for (let tries = 0; tries < 10; tries++) await fail(error);
    expect(refusals.of('a')).toEqual([]);
  });

  it('are a name that is not given back, after a while', async () => {
    for (let tries = 0; tries < 5; tries++) await fail(new TransientError('NameTaken', 'is being deleted'));
    expect(refusals.of('a')).toEqual([]);
    await fail(new TransientError('NameTaken', 'is being deleted'));
    expect(refusals.of('a')).toMatchObject([{ reason: 'NameTaken', times: 1, againInMs: 10_000 }]);
  });

  it('keep a write back until its time, and only that write', async () => {
    await fail(new PolicyError('Forbidden', 'no', { cause: answered(403, 'Forbidden') }));
    expect(await fail(new Error('sent'))).toEqual(new NotTriedYet(10_000));
    expect(await refusals.during('a', asked('two'), () => Promise.resolve('sent'))).toBe('sent');
    expect(await refusals.during('a', asked('one', 'delete'), () => Promise.resolve('sent'))).toBe('sent');
    expect(await refusals.during('b', asked(), () => Promise.resolve('sent'))).toBe('sent');
    await clock.advance(10_000);
    expect(await refusals.during('a', asked(), () => Promise.resolve('sent'))).toBe('sent');
    expect(refusals.of('a')).toEqual([]);
  });

  it('wait longer each time, five minutes at most', async () => {
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries++) {
      await fail(answered(403, 'Forbidden'));
      const wait = refusals.of('a')[0]?.againInMs ?? 0;
      waits.push(wait / 1000);
      await clock.advance(wait);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('are bounded: of many the newest are remembered', async () => {
    for (const name of ['one', 'two', 'three']) await fail(answered(403, 'Forbidden'), name);
    expect(refusals.of('a').map(({ ref }) => ref.name)).toEqual(['two', 'three']);
    for (const key of ['b', 'c', 'd']) await fail(answered(403, 'Forbidden'), 'one', key);
    expect(['a', 'b', 'c', 'd'].map((key) => refusals.of(key).length)).toEqual([0, 1, 1, 1]);
  });
});
