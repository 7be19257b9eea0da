import { describe, expect, it } from 'vitest';
import { fieldsOf, identityOf } from './identity.ts';
import type { ResourceType } from './kube-client.ts';
import type { Observed } from './kube-object.ts';
import { identityOnly } from './memory-kube/identity-only.ts';
import { type Change, ObjectStore } from './store.ts';

const things: ResourceType = { apiVersion: 'v1', kind: 'Thing', plural: 'things', namespaced: true };

interface Thing extends Observed {
  readonly colour: string;
}

function aThing(name: string, version: number, { uid = `${name}-uid`, colour = 'red' } = {}) {
  return {
    metadata: { name, namespace: 'team', uid, resourceVersion: String(version) },
    colour,
    heavy: 'x'.repeat(100),
  };
}

/** Keeps what is coloured; a thing without colour is none of ours. */
function project(raw: unknown): Thing | undefined {
  const { colour } = fieldsOf(raw);
  return typeof colour === 'string' && colour !== '' ? { ...identityOnly(raw), colour } : undefined;
}

function aStore({ listed = [] as object[], at = 10 } = {}) {
  const store = new ObjectStore<Thing, 'colour'>({
    resource: things,
    project,
    indexes: { colour: ({ colour }) => [colour] },
  });
  store.replace(
    listed.map((raw) => store.projectItem(raw)),
    String(at),
  );
  const changes: string[] = [];
  store.subscribe((change) => changes.push(print(change)));
  return { store, changes };
}

function print({ before, after }: Change<Thing>): string {
  const text = (thing: Thing | undefined) =>
    thing === undefined ? '-' : `${thing.metadata.uid}@${thing.metadata.resourceVersion}`;
  return `${text(before)} → ${text(after)}`;
}

const versionOf = (store: ObjectStore<Thing, 'colour'>, key: string) => store.get(key)?.metadata.resourceVersion;
const added = (object: object) => ({ type: 'ADDED', object }) as const;
const modified = (object: object) => ({ type: 'MODIFIED', object }) as const;
const deleted = (object: object) => ({ type: 'DELETED', object }) as const;

describe('what list and watch tell', () => {
  it('is synced by the first complete list', async () => {
    const store = new ObjectStore<Thing>({ resource: things, project });
    expect(store.synced).toBe(false);
    store.replace([], '1');
    expect(store.synced).toBe(true);
    await store.whenSynced;
  });

  it('keeps the projection only', () => {
    const { store } = aStore({ listed: [aThing('one', 5)] });
    expect(store.get('team/one')).toEqual({ metadata: aThing('one', 5).metadata, colour: 'red' });
  });

  it('tells additions, changes and removals', () => {
    const { store, changes } = aStore();
    store.applyEvent(added(aThing('one', 11)));
    store.applyEvent(modified(aThing('one', 12, { colour: 'blue' })));
    store.applyEvent(deleted(aThing('one', 13)));
    expect(changes).toEqual(['- → one-uid@11', 'one-uid@11 → one-uid@12', 'one-uid@12 → -']);
    expect(store.list()).toEqual([]);
  });

  it('tells a new uid under an old name as removal and addition', () => {
    const { store, changes } = aStore({ listed: [aThing('one', 5)] });
    store.applyEvent(added(aThing('one', 11, { uid: 'two-uid' })));
    expect(changes).toEqual(['one-uid@5 → -', '- → two-uid@11']);
  });

  it('removes what its projection no longer keeps', () => {
    const { store, changes } = aStore({ listed: [aThing('one', 5)] });
    store.applyEvent(modified(aThing('one', 11, { colour: '' })));
    expect(changes).toEqual(['one-uid@5 → -']);
  });

  it('tells nothing about what a list repeats, and removes what it lacks', () => {
    const { store, changes } = aStore({ listed: [aThing('one', 5), aThing('two', 6)] });
    store.replace([store.projectItem(aThing('two', 6)), store.projectItem(aThing('three', 20))], '20');
    expect(changes).toEqual(['- → three-uid@20', 'one-uid@5 → -']);
  });

  it('is concerned by what it keeps, has kept or was written, and need not be told of the rest', () => {
    const { store } = aStore({ listed: [aThing('held', 5), aThing('gone', 6)] });
    store.observeGone({ key: 'team/gone', uid: 'gone-uid' });
    const colourless = (name: string) => store.projectItem(aThing(name, 20, { colour: '' }));
    const items = [store.projectItem(aThing('new', 20)), ...['held', 'gone', 'stranger'].map(colourless)];
    expect(items.filter((item) => store.concerns(item)).map(({ key }) => key)).toEqual([
      'team/new',
      'team/held',
      'team/gone',
    ]);
  });

  it('takes a list that is older than what was watched for the truth: the server was restored from a backup', () => {
    const { store } = aStore({ at: 400 });
    store.observeWrite(aThing('one', 500));
    store.replace([store.projectItem(aThing('one', 500))], '500');
    store.replace([store.projectItem(aThing('one', 7))], '9');
    expect(versionOf(store, 'team/one')).toBe('7');
    store.applyEvent(modified(aThing('one', 10)));
    expect(versionOf(store, 'team/one')).toBe('10');
  });

  it('tells nothing about a change of what it does not keep', () => {
    const { store, changes } = aStore({ listed: [aThing('one', 5)] });
    store.applyEvent(modified({ ...aThing('one', 11), heavy: 'y' }));
    expect([changes, versionOf(store, 'team/one')]).toEqual([[], '11']);
  });

  it('takes an event that is not newer than what was told for an echo, or for a view that lags behind', () => {
    const { store, changes } = aStore({ listed: [aThing('one', 5)], at: 10 });
    store.applyEvent(modified(aThing('one', 20, { colour: 'blue' })));
    for (const late of [
      modified(aThing('one', 20)),
      modified(aThing('one', 15)),
      added(aThing('two', 12)),
      deleted(aThing('one', 19)),
    ])
      expect(store.applyEvent(late)).toBe('20');
    expect(changes).toEqual(['one-uid@5 → one-uid@20']);
    store.progress('30');
    store.applyEvent(added(aThing('two', 29)));
    expect(store.list()).toHaveLength(1);
  });

  it('finds by index, also after changes', () => {
    const { store } = aStore({ listed: [aThing('one', 5), aThing('two', 6)] });
    store.applyEvent(modified(aThing('one', 11, { colour: 'blue' })));
    store.applyEvent(deleted(aThing('two', 12)));
    const names = (colour: string) => store.by('colour', colour).map((thing) => thing.metadata.name);
    expect([names('red'), names('blue'), names('green')]).toEqual([[], ['one'], []]);
  });

  it('stops telling who unsubscribed', () => {
    const { store } = aStore();
    const seen: unknown[] = [];
    store.subscribe((change) => seen.push(change))();
    store.applyEvent(added(aThing('one', 11)));
    expect(seen).toEqual([]);
  });
});

describe('what a write answers', () => {
  it('is there at once', () => {
    const { store, changes } = aStore();
    store.observeWrite(aThing('one', 11));
    expect(versionOf(store, 'team/one')).toBe('11');
    expect(changes).toEqual(['- → one-uid@11']);
  });

  it('is not taken back by an older event', () => {
    const { store, changes } = aStore({ listed: [aThing('one', 5)] });
    store.observeWrite(aThing('one', 20, { colour: 'blue' }));
    store.applyEvent(modified(aThing('one', 12)));
    expect(versionOf(store, 'team/one')).toBe('20');
    store.applyEvent(modified(aThing('one', 20, { colour: 'blue' })));
    store.applyEvent(modified(aThing('one', 21)));
    expect(changes).toEqual(['one-uid@5 → one-uid@20', 'one-uid@20 → one-uid@21']);
  });

  it('compares versions as numbers', () => {
    const { store } = aStore({ listed: [aThing('one', 9)], at: 9 });
    store.observeWrite(aThing('one', 100));
    store.applyEvent(modified(aThing('one', 99)));
    expect(versionOf(store, 'team/one')).toBe('100');
  });

  it('is ignored when the watch has told that version or a newer one', () => {
    const { store } = aStore({ listed: [aThing('one', 5)] });
    store.applyEvent(modified(aThing('one', 15)));
    store.observeWrite(aThing('one', 12));
    expect(versionOf(store, 'team/one')).toBe('15');
  });

  it('does not bring back what was deleted in the meantime', () => {
    const { store } = aStore();
    store.applyEvent(added(aThing('one', 11)));
    store.applyEvent(deleted(aThing('one', 12)));
    store.observeWrite(aThing('one', 11));
    expect(store.list()).toEqual([]);
  });

  it('outlives a list that is older', () => {
    const { store } = aStore();
    store.observeWrite(aThing('new', 21));
    store.observeWrite(aThing('one', 22));
    store.replace([store.projectItem(aThing('one', 5))], '20');
    expect([versionOf(store, 'team/new'), versionOf(store, 'team/one')]).toEqual(['21', '22']);
    store.replace([], '30');
    expect(store.list()).toEqual([]);
  });

  it('goes when the watch passes it without having shown it: it is outside the selection, or gone', () => {
    const { store } = aStore();
    store.observeWrite(aThing('one', 11));
    store.progress('12');
    expect(store.list()).toEqual([]);
  });

  it('stays when the watch showed it', () => {
    const { store } = aStore();
    store.observeWrite(aThing('one', 11));
    store.applyEvent(added(aThing('one', 11)));
    store.progress('12');
    expect(versionOf(store, 'team/one')).toBe('11');
  });

  it('of a successor is not taken for its predecessor', () => {
    const { store, changes } = aStore({ listed: [aThing('one', 5)] });
    store.observeWrite(aThing('one', 20, { uid: 'next-uid' }));
    store.applyEvent(modified(aThing('one', 15)));
    store.applyEvent(deleted(aThing('one', 16)));
    expect(changes).toEqual(['one-uid@5 → -', '- → next-uid@20']);
    expect(store.get('team/one')?.metadata.uid).toBe('next-uid');
  });

  it('of a successor outlives a list from before', () => {
    const { store } = aStore({ listed: [aThing('one', 5)] });
    store.observeWrite(aThing('one', 20, { uid: 'next-uid' }));
    store.replace([store.projectItem(aThing('one', 5))], '15');
    expect(store.get('team/one')?.metadata.uid).toBe('next-uid');
  });

  it('before the first list is kept if the list is older', () => {
    const store = new ObjectStore<Thing>({ resource: things, project });
    store.observeWrite(aThing('one', 11));
    expect(store.list()).toHaveLength(1);
    store.replace([], '10');
    expect(store.list()).toHaveLength(1);
  });
});

describe('a delete that left nothing', () => {
  const gone = { key: 'team/one', uid: 'one-uid' };

  it('is seen at once, and older events do not undo it', () => {
    const { store } = aStore({ listed: [aThing('one', 5)] });
    store.observeGone(gone);
    store.applyEvent(modified(aThing('one', 11)));
    store.observeWrite(aThing('one', 12));
    expect(store.list()).toEqual([]);
  });

  it('is not undone by a list made before', () => {
    const { store } = aStore({ listed: [aThing('one', 5)] });
    store.observeGone(gone);
    store.replace([store.projectItem(aThing('one', 5))], '11');
    expect(store.list()).toEqual([]);
  });

  it('does not hide a successor of the same name', () => {
    const { store } = aStore({ listed: [aThing('one', 5)] });
    store.observeGone(gone);
    store.applyEvent(deleted(aThing('one', 11)));
    store.applyEvent(added(aThing('one', 12, { uid: 'next-uid' })));
    expect(store.get('team/one')?.metadata.uid).toBe('next-uid');
  });

  it('of a predecessor leaves its successor alone', () => {
    const { store } = aStore({ listed: [aThing('one', 5, { uid: 'next-uid' })] });
    store.observeGone(gone);
    expect(store.get('team/one')?.metadata.uid).toBe('next-uid');
  });
});

describe('whatever the order of answers and events', () => {
  const [first, second, next] = [aThing('one', 11), aThing('one', 12), aThing('one', 14, { uid: 'next-uid' })];
  const events = [added(first), modified(second), deleted(aThing('one', 13)), added(next)];
  const orders = [first, second, next].flatMap((answer) => [0, 1, 2, 3, 4].map((when) => ({ answer, when })));

  it.each(orders)(
    'is as the server has it in the end (answer $answer.metadata.resourceVersion, after $when)',
    ({ answer, when }) => {
      const { store } = aStore();
      for (const event of events.slice(0, when)) store.applyEvent(event);
      store.observeWrite(answer);
      for (const event of events.slice(when)) store.applyEvent(event);
      expect(identityOf(store.get('team/one'))).toEqual(identityOf(next));
    },
  );
});
