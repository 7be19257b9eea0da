import { beforeEach, describe, expect, it } from 'vitest';
import { PolicyError } from '../errors.ts';
import type { EventLimits } from './event-budget.ts';
import { createEventRecorder, type EventRecorder } from './events.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryKubeClient } from './memory-kube/memory-kube-client.ts';
import { MemoryLog } from './memory-log.ts';
import type { Event } from './plan.ts';

const eventType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const regarding = { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'web', uid: 'web-uid' };
const failed: Event = { type: 'Warning', regarding, reason: 'BuildFailed', message: 'no attribute images.web' };

const limits: EventLimits = {
  perReason: 3,
  namespace: { burst: 10, perMinute: 2 },
  cluster: { burst: 15, perMinute: 5 },
  remembered: { texts: 20, namespaces: 3 },
  lifetimeMs: 3_600_000,
};

describe('the event recorder', () => {
  let leftOut: string[];
  const observer = { leftOut: (scope: string) => void leftOut.push(scope) };
  let client: MemoryKubeClient;
  let clock: FakeClock;
  let log: MemoryLog;
  let recorder: EventRecorder;

  beforeEach(() => {
    leftOut = [];
    client = new MemoryKubeClient();
    clock = new FakeClock();
    log = new MemoryLog();
    recorder = createEventRecorder({ client, clock, log, reporter: 'enbi', instance: 'enbi-0', limits, observer });
  });

  const written = async (namespace = 'team') => (await client.list(eventType, { namespace })).items;

  it('writes what kubectl describe shows', async () => {
    await recorder.emit(failed);
    const [event] = await written();
    expect(event).toMatchObject({
      involvedObject: regarding,
      type: 'Warning',
      reason: 'BuildFailed',
      message: 'no attribute images.web',
      source: { component: 'enbi' },
      reportingComponent: 'enbi',
      firstTimestamp: '2026-01-01T12:00:00.000Z',
      count: 1,
    });
  });

  it('keeps the lines of a message from looking like those of whoever prints it', async () => {
    const breaks = ['\n', '\r\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029'];
    await recorder.emit({ ...failed, message: `it failed${breaks.map((mark) => `${mark}Warning  Forged`).join('')}` });
    const [event] = await written();
    expect(event).toMatchObject({ message: ['it failed', ...breaks.map(() => '│ Warning  Forged')].join('\n') });
  });

  it('asks the API server once an hour for the same thing', async () => {
    await recorder.emit(failed);
    await clock.advance(3_599_000);
    await recorder.emit(failed);
    expect(client.calls).toHaveLength(1);
    await clock.advance(1000);
    await recorder.emit(failed);
    expect(client.writes).toHaveLength(3);
    expect(await written()).toMatchObject([{ count: 1, firstTimestamp: '2026-01-01T13:00:00.000Z' }]);
  });

  it('writes nothing more after a restart, until the hour since the first time is over', async () => {
    await recorder.emit(failed);
    await clock.advance(1_800_000);
    const restarted = createEventRecorder({ client, clock, log, reporter: 'enbi', instance: 'enbi-1', limits });
    await restarted.emit(failed);
    expect(client.writes).toEqual(Array(2).fill(expect.stringMatching(/^create Event team\/web\./)));
    expect(await written()).toMatchObject([{ count: 1, firstTimestamp: '2026-01-01T12:00:00.000Z' }]);
    await clock.advance(1_800_000);
    await restarted.emit(failed);
    expect(await written()).toMatchObject([{ count: 1, firstTimestamp: '2026-01-01T13:00:00.000Z' }]);
  });

  describe('a correction', () => {
    const goesOn: Event = {
      ...failed,
      type: 'Normal',
      reason: 'GoesOn',
      message: 'goes on',
      corrects: ['BuildFailed'],
    };
    /** The reasons in order of when they were told. */
    const told = async () => {
      const events = (await written()) as { reason: string; lastTimestamp: string }[];
      return events.toSorted((a, b) => a.lastTimestamp.localeCompare(b.lastTimestamp)).map(({ reason }) => reason);
    };

    it('is not told to whom nothing was told that it corrects', async () => {
      await recorder.emit({ ...failed, reason: 'Other' });
      await recorder.emit({ ...failed, regarding: { ...regarding, uid: 'another' } });
      await recorder.emit(goesOn);
      expect((await told()).toSorted()).toEqual(['BuildFailed', 'Other']);
    });

    it('is told once, and what it corrects is told anew when it is true again, as often as that happens', async () => {
      for (let time = 0; time < 3; time++) {
        for (const event of [failed, failed]) await recorder.emit(event);
        await clock.advance(1000);
        expect((await told()).at(-1)).toBe('BuildFailed');
        for (const event of [goesOn, goesOn]) await recorder.emit(event);
        await clock.advance(1000);
        expect(await told()).toEqual(['BuildFailed', 'GoesOn']);
      }
      expect(client.writes.filter((write) => write.startsWith('patch'))).toHaveLength(4);
    });

    it('is told of what another process has said', async () => {
      await recorder.emit(failed);
      const restarted = createEventRecorder({ client, clock, log, reporter: 'enbi', instance: 'enbi-1', limits });
      await restarted.emit(failed);
      await restarted.emit(goesOn);
      expect(await told()).toEqual(['BuildFailed', 'GoesOn']);
    });
  });

  it('says once what differs only behind the cut', async () => {
    const long = 'x'.repeat(1024);
    await recorder.emit({ ...failed, message: `${long} attempt 1` });
    await recorder.emit({ ...failed, message: `${long} attempt 2` });
    expect(await written()).toMatchObject([{ message: `${long.slice(1)}…` }]);
  });

  it('tries again what could not be written', async () => {
    client.onCall = () => {
      throw new PolicyError('Forbidden', 'the namespace is terminating');
    };
    await recorder.emit(failed);
    client.onCall = () => undefined;
    await recorder.emit(failed);
    expect(await written()).toHaveLength(1);
  });

  it.each([
    ['object', { regarding: { ...regarding, uid: 'next-uid' } }],
    ['reason', { reason: 'Retrying' }],
    ['message', { message: 'something else' }],
    ['type', { type: 'Normal' as const }],
  ])('keeps events of another %s apart', async (_, difference) => {
    await recorder.emit(failed);
    await recorder.emit({ ...failed, ...difference });
    expect(await written()).toHaveLength(2);
  });

  it('writes about cluster-scoped objects in default', async () => {
    const node = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n1-uid' };
    await recorder.emit({ ...failed, regarding: node });
    expect(await written('default')).toMatchObject([{ involvedObject: node }]);
  });

  it('logs what it cannot write and fails nothing', async () => {
    client.onCall = () => {
      throw new PolicyError('Forbidden', 'the namespace is terminating');
    };
    await recorder.emit(failed);
    expect(log.messages('warn')).toEqual(['event not written']);
  });

  describe('of many events', () => {
    const nth = (index: number, change: Partial<Event> = {}): Event => ({ ...failed, message: `${index}`, ...change });
    const about = (name: string, namespace = 'team') => ({
      ...regarding,
      name,
      uid: `${namespace}-${name}`,
      namespace,
    });
    const emitAll = async (events: readonly Event[]) => {
      for (const event of events) await recorder.emit(event);
    };
    const range = (count: number) => Array.from({ length: count }, (_, index) => index);

    it('writes a few of one object for one reason, and others for another reason', async () => {
      await emitAll(range(100).map((index) => nth(index, { reason: 'UnknownAnnotation' })));
      expect(await written()).toHaveLength(3);
      await emitAll([failed, nth(1, { type: 'Normal', reason: 'ImageImported' })]);
      expect(await written()).toHaveLength(5);
      expect(leftOut).toEqual(Array(97).fill('object'));
    });

    it('writes others of that object an hour later', async () => {
      await emitAll(range(5).map((index) => nth(index)));
      await clock.advance(3_600_000);
      await emitAll([nth(7)]);
      expect(await written()).toHaveLength(4);
    });

    it('of one namespace leaves another its share, and says so once an hour', async () => {
      await emitAll(range(500).map((index) => nth(index, { regarding: about(`pod-${index}`) })));
      expect(await written()).toHaveLength(10);
      await emitAll([nth(0, { regarding: about('web', 'other') })]);
      expect(await written('other')).toHaveLength(1);
      expect(leftOut).toEqual(Array(490).fill('namespace'));
      expect(log.lines).toMatchObject([{ level: 'warn', fields: { namespace: 'team' } }]);
    });

    it('goes on at the rate of the namespace, with what is still true', async () => {
      const events = range(20).map((index) => nth(index, { regarding: about(`pod-${index}`) }));
      await emitAll(events);
      await clock.advance(120_000);
      await emitAll(events);
      expect(await written()).toHaveLength(14);
    });

    it('of many namespaces is bounded, too', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      await emitAll(names.flatMap((name) => range(5).map((i) => nth(i, { regarding: about(`pod-${i}`, name) }))));
      expect(client.writes).toHaveLength(15);
      expect(leftOut).toEqual(Array(15).fill('cluster'));
    });

    it('of one namespace does not make it forget what another was told', async () => {
      await emitAll([nth(0, { regarding: about('web', 'other') })]);
      await emitAll(range(500).map((index) => nth(index, { regarding: about(`pod-${index}`) })));
      const before = client.calls.length;
      await emitAll([nth(0, { regarding: about('web', 'other') })]);
      expect(client.calls).toHaveLength(before);
    });

    it('asks the API server at that rate after a restart, when nothing is remembered', async () => {
      const events = range(10).map((index) => nth(index, { regarding: about(`pod-${index}`) }));
      await emitAll(events);
      const restarted = createEventRecorder({ client, clock, log, reporter: 'enbi', instance: 'enbi-1', limits });
      const before = client.writes.length;
      for (let pass = 0; pass < 3; pass++) for (const event of events) await restarted.emit(event);
      expect(client.writes.length - before).toBe(10);
      expect(await written()).toHaveLength(10);
    });

    it('cuts a long message, visibly', async () => {
      await recorder.emit(nth(0, { message: 'x'.repeat(5000) }));
      expect(await written()).toMatchObject([{ message: `${'x'.repeat(1023)}…` }]);
    });
  });
});
