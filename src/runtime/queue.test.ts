import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, settle } from './fake-clock.ts';
import { MemoryLog } from './memory-log.ts';
import { internalBackoff, type KeyGroups, type PassResult, WorkQueue } from './queue.ts';

const done: PassResult = { type: 'done' };
const retry: PassResult = { type: 'retry', backoff: { baseMs: 200, capMs: 1000 } };

/** A queue whose passes end when the test says so. */
function aQueue({
  concurrency = 1,
  random = (): number => 1,
  answers = [] as (PassResult | Error)[],
  groups = undefined as KeyGroups | undefined,
} = {}) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const started: string[] = [];
  const open = new Map<string, () => void>();
  const queue = new WorkQueue({
    concurrency,
    clock,
    random,
    log,
    ...(groups !== undefined && { groups }),
    async handle(key) {
      started.push(key);
      if (answers.length === 0) {
        await new Promise<void>((resolve) => open.set(key, resolve));
        return done;
      }
      const answer = answers.shift() ?? done;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const finish = async (key: string) => {
    open.get(key)?.();
    await settle();
  };
  return { queue, clock, log, started, finish };
}

describe('a work queue', () => {
  let stop: AbortController;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => stop.abort());

  it('works on a key once however often it was added before', async () => {
    const { queue, started } = aQueue();
    for (let i = 0; i < 5; i++) queue.add('a');
    void queue.run(stop.signal);
    expect(started).toEqual(['a']);
    expect(queue.depth).toBe(0);
  });

  it('does not repeat a crowd of failures all at once', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);
    const { queue, clock, started } = aQueue({ concurrency: 300, answers: Array.from({ length: 300 }, () => retry) });
    void queue.run(stop.signal);
    for (const key of keys) queue.add(key);
    await clock.advance(200);
    expect(started).toHaveLength(300 + 100);
    await clock.advance(2000);
    expect(started).toHaveLength(300 + 200);
    await clock.advance(2000);
    expect([started.length, clock.pending]).toEqual([300 + 300, []]);
  });

  it('works once more on a key that was added during its pass, never twice at once', async () => {
    const { queue, started, finish } = aQueue({ concurrency: 3 });
    void queue.run(stop.signal);
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(started).toEqual(['a']);
    await finish('a');
    expect(started).toEqual(['a', 'a']);
    await finish('a');
    expect(started).toEqual(['a', 'a']);
  });

  it('works on as many keys as it may, in the order they came', async () => {
    const { queue, started, finish } = aQueue({ concurrency: 2 });
    void queue.run(stop.signal);
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    expect([started, queue.depth, queue.inWork]).toEqual([['a', 'b'], 2, 2]);
    await finish('b');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('tells for how long each pass under way has been going on', async () => {
    const { queue, clock, finish } = aQueue({ concurrency: 2 });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(3000);
    queue.add('b');
    await clock.advance(500);
    expect(queue.underWayMs()).toEqual([3500, 500]);
    await finish('a');
    expect(queue.underWayMs()).toEqual([500]);
  });

  it('takes the earliest of several later wishes', async () => {
    const { queue, clock, started } = aQueue();
    void queue.run(stop.signal);
    queue.addAfter('a', 5000);
    queue.addAfter('a', 1000);
    queue.addAfter('a', 9000);
    await clock.advance(999);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect([started, clock.pending]).toEqual([['a'], []]);
  });

  it('looks again when the pass said so, and the newest pass counts', async () => {
    const { queue, clock, started } = aQueue({ answers: [{ type: 'done', recheckAfterMs: 1000 }, done, done] });
    void queue.run(stop.signal);
    queue.add('a');
    await settle();
    expect(clock.pending).toEqual([1000]);
    queue.add('a');
    await settle();
    expect([started, clock.pending]).toEqual([['a', 'a'], []]);
  });

  it('retries ever more slowly up to a cap, and forgets failures after success', async () => {
    const { queue, clock } = aQueue({ answers: [retry, retry, retry, retry, done, retry] });
    void queue.run(stop.signal);
    queue.add('a');
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      await settle();
      waits.push(clock.pending[0] ?? Number.NaN);
      await clock.advance(clock.pending[0] ?? 0);
    }
    expect(waits).toEqual([200, 400, 800, 1000]);
    queue.add('a');
    await settle();
    expect(clock.pending).toEqual([200]);
  });

  it('spreads retries over the upper half of the delay', async () => {
    const { queue, clock } = aQueue({ random: () => 0, answers: [retry] });
    void queue.run(stop.signal);
    queue.add('a');
    await settle();
    expect(clock.pending).toEqual([100]);
  });

  it('never retries sooner than asked to', async () => {
    const { queue, clock } = aQueue({ answers: [{ ...retry, atLeastMs: 30_000 }] });
    void queue.run(stop.signal);
    queue.add('a');
    await settle();
    expect(clock.pending).toEqual([30_000]);
  });

  it('backs off each key on its own', async () => {
    const { queue, clock } = aQueue({ answers: [retry, retry, retry] });
    void queue.run(stop.signal);
    queue.add('a');
    await clock.advance(200);
    queue.add('b');
    await settle();
    expect(clock.pending).toEqual([200, 400]);
  });

  it('does not make a change wait for the back-off', async () => {
    const { queue, clock, started } = aQueue({ answers: [retry, done] });
    void queue.run(stop.signal);
    queue.add('a');
    await settle();
    queue.add('a');
    await settle();
    expect([started, clock.pending]).toEqual([['a', 'a'], []]);
  });

  it('survives a pass that throws, and logs it', async () => {
    const { queue, clock, log } = aQueue({ answers: [new Error('bug'), done] });
    void queue.run(stop.signal);
    queue.add('a');
    await settle();
    expect(clock.pending).toEqual([internalBackoff.baseMs]);
    expect(log.messages('error')).toEqual(['pass failed unexpectedly']);
  });

  it('stops when the passes under way have ended, and starts no other', async () => {
    const { queue, clock, started, finish } = aQueue();
    const running = queue.run(stop.signal);
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 1000);
    stop.abort();
    let ended = false;
    void running.then(() => {
      ended = true;
    });
    await settle();
    expect(ended).toBe(false);
    await finish('a');
    expect([ended, started, clock.pending]).toEqual([true, ['a'], []]);
  });
});

describe('groups of keys', () => {
  const of = (key: string) => key.split('/')[0] ?? '';
  const many = (group: string, count: number) => Array.from({ length: count }, (_, i) => `${group}/${i}`);
  let stop: AbortController;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => stop.abort());

  it('take turns: one key waits for one of each other group, however many there are', async () => {
    const { queue, started } = aQueue({
      groups: { of, mostAtOnce: 1 },
      answers: Array.from({ length: 1503 }, () => done),
    });
    for (const key of [...many('big', 1500), 'small/0', 'other/0', 'small/1']) queue.add(key);
    void queue.run(stop.signal);
    await settle();
    expect(started.slice(0, 6)).toEqual(['big/0', 'small/0', 'other/0', 'big/1', 'small/1', 'big/2']);
  });

  it('never hold all workers: a group that comes while another hangs begins at once', async () => {
    const { queue, started, finish } = aQueue({ concurrency: 4, groups: { of, mostAtOnce: 3 } });
    void queue.run(stop.signal);
    for (const key of many('slow', 9)) queue.add(key);
    expect([started, queue.depth]).toEqual([['slow/0', 'slow/1', 'slow/2'], 6]);
    queue.add('small/0');
    expect(started.at(-1)).toBe('small/0');
    await finish('slow/1');
    expect(started.at(-1)).toBe('slow/3');
  });

  describe('whose passes may take so long beside others', () => {
    const groups = { of, mostAtOnce: 16, share: { burstMs: 500, msPerSecond: 250 } };

    /** A pass takes 100 ms, or none over a key of the group `idle`. */
    function paced(isPatient: (key: string) => boolean = () => false) {
      const clock = new FakeClock();
      const started: string[] = [];
      const handle = async (key: string) => {
        started.push(key);
        if (of(key) !== 'idle') await new Promise<void>((resolve) => clock.setTimer(100, resolve));
        return done;
      };
      const log = new MemoryLog();
      const queue = new WorkQueue({
        concurrency: 16,
        clock,
        random: () => 1,
        log,
        groups: { ...groups, isPatient },
        handle,
      });
      return { queue, clock, started };
    }
    const startedOf = (started: readonly string[], group: string) => started.filter((key) => of(key) === group).length;

    it('one that is alone begins as many as there are', async () => {
      const { queue, clock, started } = paced();
      void queue.run(stop.signal);
      for (const key of many('big', 160)) queue.add(key);
      await clock.advance(1000);
      expect([started.length, clock.pending]).toEqual([160, []]);
    });

    it('one beside another has its share, and the other is not kept', async () => {
      const { queue, clock, started } = paced();
      for (const key of [...many('big', 200), 'small/0', 'small/1']) queue.add(key);
      void queue.run(stop.signal);
      await clock.advance(100);
      expect(startedOf(started, 'small')).toBe(2);
      const before = startedOf(started, 'big');
      for (let second = 2; second < 10; second++) {
        queue.add(`small/${second}`);
        await clock.advance(1000);
      }
      expect(startedOf(started, 'small')).toBe(10);
      // Of eight seconds a quarter, and what it owed.
      expect(startedOf(started, 'big') - before).toBeLessThanOrEqual(20 + 16);
    });

    it('one of which few wait is not kept, however slow all are', async () => {
      const { queue, clock, started } = paced();
      void queue.run(stop.signal);
      for (const key of [...many('big', 300), ...many('other', 300)]) queue.add(key);
      for (let turn = 0; turn < 60; turn++) {
        queue.add(`small/${turn}`);
        await clock.advance(300);
      }
      // A third of the time, which is more than the share.
      expect(startedOf(started, 'small')).toBe(60);
      expect(startedOf(started, 'big')).toBeLessThan(150);
    });

    it('one whom the others have left alone goes on with all', async () => {
      const { queue, clock, started } = paced();
      for (const key of [...many('big', 400), 'small/0']) queue.add(key);
      void queue.run(stop.signal);
      await clock.advance(10_000);
      expect([startedOf(started, 'big'), queue.depth, clock.pending]).toEqual([400, 0, []]);
    });

    it('the patient come last, and in time', async () => {
      const { queue, started } = paced((key) => key.endsWith('0'));
      for (const key of ['idle/10', 'idle/1', 'idle/20', 'idle/2']) queue.add(key);
      void queue.run(stop.signal);
      await settle();
      expect(started).toEqual(['idle/1', 'idle/2', 'idle/10', 'idle/20']);
    });

    it('one that is patient no more does not wait with the others', async () => {
      const patient = new Set(many('idle', 9));
      const { queue, started } = paced((key) => patient.has(key));
      for (const key of patient) queue.add(key);
      patient.delete('idle/8');
      queue.add('idle/8');
      expect(queue.depth).toBe(9);
      void queue.run(stop.signal);
      await settle();
      expect([started[0], started.length]).toEqual(['idle/8', 9]);
    });
  });

  it('let the event loop have its turn: of a thousand passes that wait for nothing, a few follow one another', async () => {
    const { queue, started } = aQueue({ concurrency: 16, answers: Array.from({ length: 1000 }, () => done) });
    for (const key of many('big', 1000)) queue.add(key);
    void queue.run(stop.signal);
    let most = 0;
    for (let before = 0; started.length < 1000; before = started.length) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, started.length - before);
    }
    expect(most).toBeLessThanOrEqual(64);
  });

  it('take turns in being retried', async () => {
    const slow: PassResult = { type: 'retry', backoff: { baseMs: 60_000, capMs: 60_000 } };
    const answers = [...Array.from({ length: 301 }, () => retry), ...Array.from({ length: 301 }, () => slow)];
    const { queue, clock, started } = aQueue({
      concurrency: 301,
      groups: { of, mostAtOnce: 300 },
      answers,
    });
    void queue.run(stop.signal);
    for (const key of [...many('big', 300), 'small/0']) queue.add(key);
    await clock.advance(240);
    expect(started.slice(301)).toContain('small/0');
  });
});
