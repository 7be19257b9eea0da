import { expect, test } from 'vitest';
import { delayAfter, forNewPod, paceOf, type Retry, retries, slowDelayAfter, slowly, soon } from './retries.ts';

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

test.each([
  ['soon', soon, [10, 20, 40, 80, 160, 300, 300]],
  ['slowly', slowly, [60, 120, 240, 480, 960, 1920, 3600]],
  ['for a new Pod', forNewPod, [10, 20, 40, 80, 160, 320, 640]],
])('%s the next attempt comes later and later', (_, backOff, expected) => {
  expect(expected.map((_delay, at) => seconds(delayAfter(at + 1, backOff)))).toEqual(expected);
  expect(delayAfter(1_000_000, backOff)).toBe(backOff.longestMs);
});

test('slow attempts end after a day', () => {
  const delays = Array.from({ length: 40 }, (_, at) => slowDelayAfter(at + 1)).filter((ms) => ms !== undefined);
  expect(delays.length).toBe(28);
  expect(delays.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(86_400_000);
  expect(slowDelayAfter(1_000_000)).toBeUndefined();
});

test('a stage that calls its failure passing does not make it so', () => {
  expect(paceOf({ reason: 'BuilderFailed', retry: true })).toBe('never');
  expect(paceOf({ reason: 'FlakeNotFound', retry: true })).toBe('slowly');
  expect(paceOf({ reason: 'DiskFull', retry: false })).toBe('never');
  expect(paceOf({ reason: 'ImageReady', retry: true })).toBe('never');
});

test('every failure can be asked for again, but for what cannot come out otherwise or goes on for ever', () => {
  const never = Object.entries<Retry>(retries).filter(([, { retry }]) => !retry);
  expect(never.map(([reason]) => reason).toSorted()).toEqual([
    'InvalidImageName',
    'InvalidPackageName',
    'JobChanged',
    'JobDeleted',
    'NodeLost',
    'StoreNotRemoved',
    'StorePreparationFailed',
    'WaitingForNode',
  ]);
});

test.each<[string, (row: Retry) => boolean, readonly string[]]>([
  [
    'by itself, slowly: what a person is about to mend',
    ({ passing, lasting }) => lasting === 'slowly' || passing === 'soon, then slowly',
    [
      'ContainerdUnavailable',
      'FetchFailed',
      'FlakeNotFound',
      'ImageNotConfirmed',
      'NameTaken',
      'NetworkUnreachable',
      'PodLost',
      'PodRefused',
      'RefusedByCluster',
      'SocketNotFound',
    ],
  ],
  [
    'with a new Pod, where the version may be another: what is wrong with the flake',
    ({ newPod }) => newPod === 'moved',
    [
      'AttributeNotFound',
      'BuildTimedOut',
      'BuilderFailed',
      'DigestMismatch',
      'EvaluationFailed',
      'HashMismatch',
      'ImageTooLarge',
      'InvalidArchive',
      'InvalidFlakeReference',
      'NotAnImage',
      'PlatformMismatch',
      'ReservedLabel',
    ],
  ],
  [
    'within minutes and no longer: what may do harm',
    ({ passing }) => passing === 'soon',
    ['DiskFull', 'InvalidResult', 'OutOfMemory'],
  ],
])('what goes on %s', (_, isOne, expected) => {
  const found = Object.entries<Retry>(retries).flatMap(([reason, row]) => (isOne(row) ? [reason] : []));
  expect(found.toSorted()).toEqual(expected);
});
