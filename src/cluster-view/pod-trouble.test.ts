import { expect, test } from 'vitest';
import { aContainer, aJob, aPod, noon, secondsAfterNoon } from '../../test/support/builders.ts';
import { MemoryKubeClient } from '../runtime/memory-kube/memory-kube-client.ts';
import type { PodView } from './pod.ts';
import { lacksPod, readTroubleOf, startsSlowly } from './pod-trouble.ts';

const events = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const creationTimestamp = noon.toISOString();
const initializing = aContainer({ name: 'build', waiting: 'PodInitializing' });
const { waiting: _, ...begun } = initializing;

test.each<[string, Partial<PodView>, number, boolean]>([
  ['initializes for long', { containers: [initializing] }, 20, true],
  ['initializes for a moment', { containers: [initializing] }, 19, false],
  ['has no node', { containers: [], unschedulable: 'no room' }, 60, false],
  ['runs', { phase: 'Running', containers: [initializing] }, 60, false],
  ['has begun', { containers: [{ ...begun, running: true }, initializing] }, 60, false],
  ['has nothing but what waits for another', { containers: [initializing, { ...begun, running: true }] }, 60, true],
  ['says itself what is wrong', { containers: [aContainer({ waiting: 'ErrImagePull' })] }, 60, false],
])('a Pod that %s', (_name, given, seconds, slow) => {
  const { nodeName: __, ...placed } = aPod({ creationTimestamp, ...given });
  const pod = given.unschedulable === undefined ? aPod({ creationTimestamp, ...given }) : placed;
  expect(startsSlowly(pod, secondsAfterNoon(seconds))).toBe(slow);
});

test.each<[string, Parameters<typeof aJob>[1], number, boolean]>([
  ['was made a moment ago', { hadPods: false }, 14, false],
  ['has waited for long', { hadPods: false }, 15, true],
  ['had a Pod that is gone', {}, 15, false],
  ['has ended', { hadPods: false, ended: true }, 15, false],
])('a Job without a Pod that %s', (_name, given, seconds, lacks) => {
  expect(lacksPod(aJob('job', { creationTimestamp, ...given }), secondsAfterNoon(seconds))).toBe(lacks);
});

const pod = aPod();
const scheduled = { type: 'Normal', message: 'Successfully assigned', eventTime: '2026-11-23T12:00:00.123456Z' };
const unmounted = { type: 'Warning', message: 'secret "nosuch" not found', lastTimestamp: '2026-11-23T12:00:00Z' };
const pulling = { type: 'Normal', message: 'Pulling image', lastTimestamp: '2026-11-23T12:02:00Z' };

test.each<[string, readonly object[], string]>([
  ['nothing was said', [], ''],
  ['all is well', [scheduled], ''],
  ['the kubelet complains', [unmounted, scheduled], 'secret "nosuch" not found'],
  ['it complained before', [pulling, unmounted, scheduled], ''],
  [
    'it is in a stranger\u2019s words',
    [{ ...unmounted, message: `\u001b[31m${'x'.repeat(800)}` }],
    expect.stringMatching(/^[ -~…]{1,700}$/),
  ],
  ['another Pod is meant', [{ ...unmounted, involvedObject: { uid: 'another' } }], ''],
])('trouble of a Pod when %s', async (_name, said, trouble) => {
  const client = new MemoryKubeClient();
  for (const [at, event] of said.entries()) {
    const { apiVersion, kind } = events;
    const metadata = { namespace: 'team', name: `event-${at}` };
    client.put(events, { apiVersion, kind, metadata, involvedObject: { uid: pod.metadata.uid }, ...event });
  }
  expect(await readTroubleOf(client, pod)).toEqual(trouble);
});
