import { describe, expect, it } from 'vitest';
import { PolicyError, TransientError } from '../errors.ts';
import { errorFor } from './api-status.ts';
import { Doubts } from './doubts.ts';

const ref = { apiVersion: 'v1', kind: 'Thing', namespace: 'team', name: 'one' };
const answered = (code: number) => errorFor({ code, reason: '', message: '' }, 'PATCH');

describe('a write', () => {
  it.each([
    ['was answered', undefined, true],
    ['was not answered', new TransientError('NetworkUnreachable', 'socket hang up'), false],
    ['was answered with half a line', new TransientError('InvalidAnswer', 'no JSON'), false],
    ['was answered with 500: etcd may have it', answered(500), false],
    ['was answered with 504', answered(504), false],
    ['was not taken: 429', answered(429), true],
    ['was not taken: 401', answered(401), true],
    ['was not taken: 409', answered(409), true],
    ['is forbidden', new PolicyError('Forbidden', 'no'), true],
  ])('that %s leaves a doubt, or none', async (_, thrown, none) => {
    const doubts = new Doubts();
    const written = doubts.during(ref, () => (thrown === undefined ? Promise.resolve() : Promise.reject(thrown)));
    expect(await written.then(() => undefined).catch((error: unknown) => error)).toBe(thrown);
    expect(doubts.none).toBe(none);
  });
});

describe('a doubt', () => {
  it('is gone when the object has been read again, and stays when it could not be', async () => {
    const doubts = new Doubts();
    doubts.note(ref);
    doubts.note({ ...ref, name: 'two' });
    doubts.note(ref);
    const read: string[] = [];
    const unreadable = async ({ name }: { name: string }) => {
      read.push(name);
      if (name === 'two') throw new TransientError('NetworkUnreachable', 'socket hang up');
    };
    await expect(doubts.settle(unreadable)).rejects.toThrow('socket hang up');
    expect(doubts.none).toBe(false);
    await doubts.settle(async ({ name }) => void read.push(name));
    expect([read, doubts.none]).toEqual([['one', 'two', 'two'], true]);
  });
});
