import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someSettings } from '../../test/support/builders.ts';
import { apiVersion, label, manager } from '../api/labels.ts';
import { resource } from '../cluster-view/resources.ts';
import { type MemoryControllers, memoryControllers } from './memory-controllers.ts';
import { readmit } from './readmission.ts';

/** With so long a text each, more than there is room for. */
const builds = 500;
const logTail = 'x'.repeat(4096);
const nameOf = (index: number) => `b${String(index).padStart(4, '0')}`;

let made: MemoryControllers;

beforeEach(() => {
  made = memoryControllers(someSettings());
  readmit(made.stores.builds, { ...made, selection: {} }, made.stop.signal);
  for (let index = 0; index < builds; index++) tell(put(nameOf(index)));
  void made.controllers.builds.run(made.stop.signal);
});
afterEach(() => made.stop.abort());

function put(name: string): unknown {
  const spec = { flakeUrl: 'git+https://git.example/x', packageName: 'default', system: 'x86_64-linux' };
  const metadata = { namespace: 'crowd', name };
  const failure = { stage: 'Build', reason: 'BuilderFailed', message: 'no', logTail };
  return made.client.put(resource.builds, {
    apiVersion,
    kind: 'NixBuild',
    metadata,
    spec: { ...spec, imageTag: `git.example/app:${name}` },
    status: { status: 'Failed', failure },
  });
}

function tell(object: unknown, type: 'ADDED' | 'DELETED' = 'ADDED'): void {
  made.stores.builds.applyEvent({ type, object });
}

const events = () => made.client.writes.filter((write) => write.startsWith('create Event')).length;

describe('a namespace with more NixBuilds than there is room for', () => {
  it('is told of some of those that are left out, and loses nothing else', async () => {
    const { client, clock, stores } = made;
    await clock.advance(1000);
    const leftOutCount = stores.builds.room?.leftOutCount ?? 0;
    expect(leftOutCount).toBeGreaterThan(0);
    expect(events()).toBe(Math.min(20, leftOutCount));
    expect(client.writes.filter((write) => !write.startsWith('create Event'))).toEqual([]);
  });

  it('has them looked at when others go', async () => {
    const { client, clock, stores } = made;
    await clock.advance(1000);
    const before = stores.builds.list();
    const leftOutCount = stores.builds.room?.leftOutCount ?? 0;
    for (const { metadata } of before.slice(0, 100)) {
      const object = await client.get(resource.builds, metadata);
      await client.delete(resource.builds, metadata, {});
      tell(
        { ...(object as object), metadata: { ...metadata, resourceVersion: String(Number(stores.builds.toldTo) + 1) } },
        'DELETED',
      );
    }
    await clock.advance(20_000);
    expect(stores.builds.room?.leftOutCount).toBe(0);
    expect(stores.builds.list().length).toBe(before.length - 100 + leftOutCount);
  });

  it('keeps the Jobs of those that are left out', async () => {
    const { client, clock, stores } = made;
    const name = nameOf(stores.builds.list().length);
    const uid = stores.builds.room?.leftOutUid(`crowd/${name}`) ?? '';
    expect(uid).not.toBe('');
    const labels = { [label.managedBy]: manager, [label.buildUid]: uid };
    const annotations = { [label.buildNamespace]: 'crowd', [label.buildName]: name };
    const metadata = { namespace: someSettings().namespace, name: 'import-1', labels, annotations };
    stores.jobs.observeWrite(client.put(resource.jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata }));
    await clock.advance(1000);
    expect(client.writes.filter((write) => write.startsWith('delete'))).toEqual([]);
  });
});
