import { beforeEach, expect, it } from 'vitest';
import type { ResourceType } from './kube-client.ts';
import type { Observed } from './kube-object.ts';
import { shareWatch } from './shared-watch.ts';
import { ObjectStore } from './store.ts';

const things: ResourceType = { apiVersion: 'v1', kind: 'Thing', plural: 'things', namespaced: true };

interface Thing extends Observed {
  readonly big: boolean;
}

const thing = (name: string, resourceVersion: string, big = false): Thing => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion },
  big,
});

let big: ObjectStore<Thing>;
let all: ObjectStore<Observed>;

beforeEach(() => {
  // What a store is given is what the test made.
  const seen = (raw: unknown) => raw as Thing;
  big = new ObjectStore({ resource: things, project: (raw) => (seen(raw).big ? seen(raw) : undefined) });
  all = new ObjectStore({ resource: things, project: (raw) => ({ metadata: seen(raw).metadata }) });
});

const names = (store: Pick<ObjectStore<Thing>, 'list'> | Pick<ObjectStore<Observed>, 'list'>) =>
  store.list().map(({ metadata }) => metadata.name);

it('two stores keep, each, their part of a list', () => {
  const shared = shareWatch(big, all);
  const items = [thing('a', '1'), thing('b', '2', true)].map((raw) => shared.projectItem(raw));
  expect(items.map((item) => shared.concerns(item))).toEqual([true, true]);
  shared.replace(items, '5');
  expect([names(big), names(all)]).toEqual([['b'], ['a', 'b']]);
  expect([big.synced, all.synced, shared.toldTo]).toEqual([true, true, '5']);
  shared.replace(items.slice(1), '6');
  expect([names(big), names(all)]).toEqual([['b'], ['b']]);
});

it('events and bookmarks reach both', () => {
  const shared = shareWatch(big, all);
  expect(shared.applyEvent({ type: 'ADDED', object: thing('a', '3', true) })).toBe('3');
  expect([names(big), names(all)]).toEqual([['a'], ['a']]);
  // It is no longer what the first store keeps.
  shared.applyEvent({ type: 'MODIFIED', object: thing('a', '4') });
  expect([names(big), names(all)]).toEqual([[], ['a']]);
  shared.progress('9');
  expect([big.toldTo, all.toldTo, shared.toldTo]).toEqual(['9', '9', '9']);
  shared.applyEvent({ type: 'DELETED', object: thing('a', '10') });
  expect(names(all)).toEqual([]);
});
