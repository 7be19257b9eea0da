import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ResourceType, WatchEvent } from './kube-client.ts';
import { type Observed, splitKey } from './kube-object.ts';
import { ObjectStore } from './store.ts';

const things: ResourceType = { apiVersion: 'v1', kind: 'Thing', plural: 'things', namespaced: true };

interface Thing extends Observed {
  readonly text: string;
  readonly needed: boolean;
}

interface Given {
  readonly length?: number;
  readonly needed?: boolean;
}

/** Hexadecimal, as the API server's. */
function uidOf(namespace: string, name: string): string {
  return createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 32);
}

/** Each has more than `length` characters, by a little. */
function aThing(
  namespace: string,
  name: string,
  version: number,
  { length = 1100, needed = false }: Given = {},
): Thing {
  const metadata = { namespace, name, uid: uidOf(namespace, name), resourceVersion: String(version) };
  return { metadata, text: 'x'.repeat(length), needed };
}

const event = (
  object: Thing,
  type: 'ADDED' | 'MODIFIED' | 'DELETED' = 'ADDED',
): Extract<WatchEvent, { object: unknown }> => ({
  type,
  object,
});

let store: ObjectStore<Thing>;
let leftOut: string[];
let offers: string[];

beforeEach(() => {
  [leftOut, offers] = [[], []];
  store = new ObjectStore({
    resource: things,
    project: (raw) => raw as Thing,
    room: {
      groupOf: (key) => splitKey(key).namespace,
      ofGroup: 10_000,
      inAll: 20_000,
      ofEach: 3000,
      isNeeded: ({ needed }) => needed,
    },
  });
  store.room?.subscribe({ leftOut: (key) => leftOut.push(key), offers: (group) => offers.push(group) });
});

/** As the watch tells, from version 1 on; the number of those that are kept. */
function tell(namespace: string, count: number, given: Given = {}): number {
  for (let index = 0; index < count; index++) {
    store.applyEvent(event(aThing(namespace, `t${index}`, Number(store.toldTo) + 1, given)));
  }
  return keptOf(namespace);
}

function keptOf(namespace: string): number {
  return store.list().filter(({ metadata }) => metadata.namespace === namespace).length;
}

async function* page(...items: readonly Thing[]) {
  yield items;
}

describe('room for the objects of a namespace', () => {
  it('is so many characters: others are counted, and some told', () => {
    expect([tell('big', 1000), store.room?.leftOutCount]).toEqual([8, 992]);
    expect([tell('small', 3), leftOut.length]).toEqual([3, 20]);
    expect(leftOut[0]).toBe('big/t8');
    expect(store.room?.leftOutUid('big/t8')).toBe(uidOf('big', 't8'));
  });

  it('is smaller for those that have much, once all have much together', () => {
    tell('a', 20);
    tell('b', 20);
    expect([tell('c', 20), tell('d', 1)]).toEqual([2, 1]);
  });

  it('is found for what is needed, up to as much again', () => {
    tell('big', 20);
    for (let index = 0; index < 20; index++) {
      store.applyEvent(event(aThing('big', `n${index}`, Number(store.toldTo) + 1, { needed: true })));
    }
    expect(keptOf('big')).toBe(16);
  });

  const grow = (namespace: string, at: number, given: Given) =>
    store.applyEvent(event(aThing(namespace, `t${at}`, Number(store.toldTo) + 1, given), 'MODIFIED'));
  const charactersOf = (namespace: string) =>
    JSON.stringify(store.list().filter(({ metadata }) => metadata.namespace === namespace)).length;

  it('is not taken from what has it and grows', () => {
    tell('big', 20);
    grow('big', 3, { length: 5000 });
    expect(keptOf('big')).toBe(8);
  });

  it.each([
    [false, 20_000],
    [true, 30_000],
  ])('holds what grows up to a bound, and leaves out and tells the rest (needed: %s)', (needed, most) => {
    tell('big', 40, { length: 10 });
    const told = leftOut.length;
    for (let at = 0; at < 40; at++) grow('big', at, { length: 5000, needed });
    expect(charactersOf('big')).toBeLessThan(most);
    expect(leftOut.length).toBeGreaterThan(told);
    expect(store.room?.leftOutCount).toBe(40 - keptOf('big'));
  });

  it('is not lost to what others grew to by what is needed', () => {
    tell('big', 40, { length: 10 });
    for (let at = 1; at < 40; at++) grow('big', at, { length: 5000 });
    grow('big', 0, { length: 6000, needed: true });
    expect(charactersOf('big')).toBeGreaterThan(20_000);
    expect(store.get('big/t0')?.text.length).toBe(6000);
  });

  it('lets nobody grow beyond twice what each has, once all have twice as much as there is together', () => {
    for (const namespace of ['a', 'b', 'c', 'd']) {
      tell(namespace, 8, { length: 100 });
      for (let at = 0; at < 8; at++) grow(namespace, at, { length: 5000 });
    }
    const all = ['a', 'b', 'c', 'd'].reduce((sum, namespace) => sum + charactersOf(namespace), 0);
    expect(all).toBeLessThan(2 * 20_000 + 2 * 10_000);
  });

  it('is no larger for many namespaces of what is needed than twice the bounds', () => {
    for (const namespace of ['a', 'b', 'c', 'd', 'e']) tell(namespace, 40, { needed: true });
    expect(['a', 'b', 'c', 'd', 'e'].map(keptOf)).toEqual([16, 16, 4, 4, 4]);
  });

  it('may shrink wherever there is none', () => {
    tell('big', 20, { needed: true });
    grow('big', 2, { length: 900 });
    expect(store.get('big/t2')?.text.length).toBe(900);
  });

  it('is found for what becomes needed', () => {
    tell('big', 20);
    const version = () => Number(store.toldTo) + 1;
    store.applyEvent(event(aThing('big', 't15', version()), 'MODIFIED'));
    expect(keptOf('big')).toBe(8);
    store.applyEvent(event(aThing('big', 't15', version(), { needed: true }), 'MODIFIED'));
    expect([keptOf('big'), store.room?.leftOutCount]).toEqual([9, 11]);
  });

  it('is the same when a list tells of all, of which no more is remembered meanwhile', () => {
    const listed = Array.from({ length: 20 }, (_, index) => aThing('big', `t${index}`, index + 1));
    const items = listed.map((raw) => store.takeListed(store.projectItem(raw)));
    expect(items.filter(({ object }) => object !== undefined).length).toBe(8);
    store.replace(
      items.filter((item) => store.concerns(item)),
      '30',
    );
    expect([keptOf('big'), store.room?.leftOutCount]).toEqual([8, 12]);
    store.replace(items.slice(0, 10), '40');
    expect([keptOf('big'), store.room?.leftOutCount]).toEqual([8, 2]);
  });
});

describe('what is left out', () => {
  beforeEach(() => {
    tell('big', 12);
  });
  const remove = (name: string) => store.applyEvent(event(aThing('big', name, Number(store.toldTo) + 1), 'DELETED'));

  it('is known by name and uid', () => {
    expect(store.room?.isLeftOut({ key: 'big/t9', uid: uidOf('big', 't9') })).toBe(true);
    expect(store.room?.isLeftOut({ key: 'big/t9', uid: 'another' })).toBe(false);
    expect(store.room?.isLeftOut({ key: 'big/t1', uid: uidOf('big', 't1') })).toBe(false);
  });

  it('is forgotten when it is deleted', () => {
    remove('t9');
    expect([store.room?.leftOutCount, store.room?.leftOutUid('big/t9'), offers]).toEqual([3, undefined, []]);
  });

  it('is offered room when some is free, and taken in', async () => {
    for (const name of ['t0', 't1', 't2']) remove(name);
    expect(offers.at(-1)).toBe('big');
    await store.admit(page(...[8, 9, 10, 11].map((at) => aThing('big', `t${at}`, at + 1))));
    expect([keptOf('big'), store.room?.leftOutCount]).toEqual([8, 1]);
  });

  it('is not taken in as it was, when it changed while the list was read', async () => {
    for (const name of ['t0', 't1', 't2']) remove(name);
    async function* slow() {
      store.applyEvent(event(aThing('big', 't9', Number(store.toldTo) + 1, { length: 20_000 }), 'MODIFIED'));
      yield [8, 9].map((at) => aThing('big', `t${at}`, at + 1));
    }
    await store.admit(slow());
    expect(store.list().map(({ metadata }) => metadata.name)).not.toContain('t9');
    expect(store.get('big/t8')?.metadata.resourceVersion).toBe('9');
  });
});
