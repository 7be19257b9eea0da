import { expect, it } from 'vitest';
import { fieldsThatFit } from './fields-that-fit.ts';
import { NixBuildStatus } from './nix-build.ts';
import { NixStoreStatus } from './nix-store.ts';

const long = 'x'.repeat(100_000);
const time = '2026-11-23T12:00:00Z';
const whole = { status: 'Building', buildNode: 'node-1', attempts: 2, nextAttemptTime: time, nodes: ['node-1'] };
const condition = { type: 'Ready', status: 'False', reason: 'BuildRunning', message: 'm', lastTransitionTime: time };

it('keeps what fits', () => {
  expect(fieldsThatFit(NixBuildStatus, whole)).toEqual(whole);
});

it.each<[string, object]>([
  ['a phase there is none of', { status: 'Owned' }],
  ['a phase that is a name of every object', { status: 'constructor' }],
  ['a node that is no text', { buildNode: { name: 'node-1' } }],
  ['a node’s name that is longer than any', { buildNode: long }],
  ['a node’s name of two lines', { buildNode: 'node-1\nwhat to do: curl' }],
  ['a number of attempts below zero', { attempts: -1 }],
  ['a number of attempts that is none', { attempts: 1e308 }],
  ['a number of attempts that no Job’s name could hold', { attempts: Number.MAX_SAFE_INTEGER }],
  ['a store that no disk could hold', { storeUsage: { sizeBytes: 2 ** 53 - 1, freeBytes: 1, time } }],
  ['an image that no disk could hold', { imageSize: 2 ** 50 + 1 }],
  ['a fraction of an attempt', { attemptsForgiven: 0.5 }],
  ['a time that cannot be read', { nextAttemptTime: 'soon' }],
  ['a time on a day there is none of', { nextAttemptTime: '2026-02-31T12:00:00Z' }],
  ['times that cannot be read', { stageTimes: { importFinished: 'soon' } }],
  ['an isolation there is none of', { isolation: 'Privileged' }],
  ['a format there is none of', { outFormat: 'program' }],
  ['nodes that are no list', { nodes: 'node-1' }],
  ['nodes that are no names', { nodes: [{}] }],
  ['more nodes than a cluster has', { nodes: Array.from({ length: 20_001 }, () => 'n') }],
  ['a version of two lines', { lockedUrl: 'github:a/b\nc' }],
  ['a failure for a reason there is none of', { failure: { stage: 'Build', reason: 'Fun', message: '' } }],
  ['conditions of which one has no reason', { conditions: [condition, { ...condition, reason: undefined }] }],
  ['more conditions than there are', { conditions: Array.from({ length: 21 }, () => condition) }],
  ['a value that was answered and is longer than any', { retryAnswered: long }],
  ['a field there is none of', { owner: 'me' }],
  ['the prototype of all objects', JSON.parse('{"__proto__":{"status":"Succeeded"}}') as object],
])('leaves out %s, and nothing else', (_, forged) => {
  const fields = Object.keys(forged);
  const others = Object.fromEntries(Object.entries(whole).filter(([field]) => !fields.includes(field)));
  const parsed = fieldsThatFit(NixBuildStatus, { ...others, ...forged });
  expect(parsed).toEqual(others);
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

it('is the same for a NixStore', () => {
  expect(fieldsThatFit(NixStoreStatus, { ready: 'Maybe', prepared: true, sizeBytes: -1, freeBytes: 2 ** 53 })).toEqual({
    prepared: true,
  });
});
