import { expect, test } from 'vitest';
import { runtimeHoles } from './runtime-holes.ts';

test.each([
  ['containerd://0.7.40', '1.7.33'],
  ['containerd://1.6.20', '1.7.33'],
  ['containerd://1.8.0', '2.0.10'],
  ['containerd://1.6.20~ds1', '1.7.33'],
  ['containerd://1.7.32', '1.7.33'],
  ['containerd://2.0.9', '2.0.10'],
  ['containerd://v2.1.8', '2.1.9'],
  ['containerd://2.2.4-k3s1', '2.2.5'],
  ['containerd://2.3.1', '2.3.2'],
])('%s has known holes, mended in %s', (runtime, mendedIn) => {
  expect(runtimeHoles(runtime)).toEqual({ state: 'known', mendedIn });
});

test.each([
  'containerd://1.7.33',
  'containerd://2.0.10',
  'containerd://2.1.9',
  'containerd://2.2.5',
  'containerd://2.3.2',
  'containerd://2.4.0',
  'containerd://3.0.0',
])('%s has none that are known', (runtime) => {
  expect(runtimeHoles(runtime)).toEqual({ state: 'none' });
});

test.each([
  '',
  'containerd://',
  'containerd://Unknown',
  'containerd://2.1',
  'cri-o://1.33.0',
  `containerd://${'9'.repeat(400)}.1.1`,
])('of %s nothing is known', (runtime) => {
  expect(runtimeHoles(runtime)).toEqual({ state: 'unknown' });
});
