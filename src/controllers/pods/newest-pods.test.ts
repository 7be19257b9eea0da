import { beforeEach, expect, it, vi } from 'vitest';
import { podAnnotation } from '../../api/labels.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { NewestPods } from './newest-pods.ts';

const image = 'git.example/demo/hello:1.0';
let pods: Stores['pods'];
let newest: () => string | undefined;
let version = 1;

beforeEach(() => {
  ({ pods } = createStores());
  const kept = new NewestPods(pods);
  newest = () => kept.of(image, 'team')?.metadata.name;
});

/** Made so many seconds after the others. */
function put(name: string, second: number, more: object = {}, type: 'ADDED' | 'MODIFIED' | 'DELETED' = 'ADDED'): void {
  version += 1;
  const annotations = { [podAnnotation.flakeUrl]: 'github:a/b' };
  const creationTimestamp = new Date(Date.UTC(2026, 10, 23, 12, 0, second)).toISOString();
  const resourceVersion = String(version);
  const metadata = { name, namespace: 'team', uid: name, resourceVersion, annotations, creationTimestamp, ...more };
  pods.applyEvent({ type, object: { metadata, spec: { containers: [{ name: 'web', image }] } } });
}

it('is none where there is none', () => {
  expect(newest()).toBeUndefined();
  put('a', 1);
  expect(newest()).toBe('a');
});

it('is the one that was made last and is not going, of several the last by name', () => {
  put('c', 2);
  put('b', 2);
  put('a', 1);
  put('going', 3, { deletionTimestamp: '2026-11-23T12:00:01Z' });
  expect(newest()).toBe('c');
});

it('is followed as Pods come, change and go', () => {
  put('b', 2);
  expect(newest()).toBe('b');
  put('a', 1);
  put('c', 3);
  expect(newest()).toBe('c');
  put('c', 3, { deletionTimestamp: '2026-11-23T12:00:01Z' }, 'MODIFIED');
  expect(newest()).toBe('b');
  put('c', 3, { deletionTimestamp: '2026-11-23T12:00:01Z' }, 'DELETED');
  put('b', 2, {}, 'DELETED');
  expect(newest()).toBe('a');
  put('a', 1, {}, 'DELETED');
  expect(newest()).toBeUndefined();
});

it('goes through the Pods once, however many ask while they come, change and go', () => {
  const count = 300;
  const names = Array.from({ length: count }, (_, second) => [`web-${second}`, second] as const);
  for (const [name, second] of names) put(name, second);
  const looked = vi.spyOn(pods, 'by');
  for (const [name, second] of names) {
    put(name, second, { annotations: { [podAnnotation.flakeUrl]: 'github:a/c' } }, 'MODIFIED');
    expect(newest()).toBe(`web-${count - 1}`);
  }
  for (const [name, second] of names.toReversed()) {
    expect(newest()).toBe(name);
    put(name, second, {}, 'DELETED');
  }
  expect(looked.mock.results.reduce((sum, { value }) => sum + (value as readonly unknown[]).length, 0)).toBe(count);
});
