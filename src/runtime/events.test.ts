import { beforeEach, describe, expect, it } from 'vitest';
import { PolicyError } from '../errors.ts';
import { createEventRecorder, type EventRecorder } from './events.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryKubeClient } from './memory-kube/memory-kube-client.ts';
import { MemoryLog } from './memory-log.ts';
import type { Event } from './plan.ts';

const eventType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const regarding = { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'web', uid: 'web-uid' };
const failed: Event = { type: 'Warning', regarding, reason: 'BuildFailed', message: 'no attribute images.web' };

describe('the event recorder', () => {
  let client: MemoryKubeClient;
  let clock: FakeClock;
  let log: MemoryLog;
  let recorder: EventRecorder;

  beforeEach(() => {
    client = new MemoryKubeClient();
    clock = new FakeClock();
    log = new MemoryLog();
    recorder = createEventRecorder({ client, clock, log, reporter: 'enbi', instance: 'enbi-0' });
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
    const restarted = createEventRecorder({ client, clock, log, reporter: 'enbi', instance: 'enbi-1' });
    await restarted.emit(failed);
    expect(client.writes).toEqual(Array(2).fill(expect.stringMatching(/^create Event team\/web\./)));
    expect(await written()).toMatchObject([{ count: 1, firstTimestamp: '2026-01-01T12:00:00.000Z' }]);
    await clock.advance(1_800_000);
    await restarted.emit(failed);
    expect(await written()).toMatchObject([{ count: 1, firstTimestamp: '2026-01-01T13:00:00.000Z' }]);
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

  it('keeps 1024 characters of a message', async () => {
    await recorder.emit({ ...failed, message: 'x'.repeat(5000) });
    expect(await written()).toMatchObject([{ message: 'x'.repeat(1024) }]);
  });

  it('logs what it cannot write and fails nothing', async () => {
    client.onCall = () => {
      throw new PolicyError('Forbidden', 'the namespace is terminating');
    };
    await recorder.emit(failed);
    expect(log.messages('warn')).toEqual(['event not written']);
  });
});
