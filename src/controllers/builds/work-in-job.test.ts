import { beforeEach, describe, expect, it, test } from 'vitest';
import { aBuilder, aStore, noon, secondsAfterNoon, someSettings } from '../../../test/support/builders.ts';
import { apiVersion } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import { storeName } from '../../cluster-view/names.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { workInJob } from './work-in-job.ts';

const settings = someSettings({ builderIdle: 300 });
const job = aBuilder();
const times = { buildStarted: noon.toISOString() };
const building: NixBuildStatus = {
  status: 'Building',
  attempts: 1,
  buildNode: 'node-1',
  buildJobName: 'builder',
  stageTimes: times,
};
let stores: Stores;

beforeEach(() => {
  stores = createStores();
  for (const store of Object.values(stores)) store.replace([], '0');
  const meta = (name: string, uid: string) => ({ name, uid, resourceVersion: '1' });
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  for (const name of ['node-1', 'node-2']) stores.nodes.observeWrite({ metadata: meta(name, `uid-${name}`), status });
  for (const name of ['team', 'other']) stores.namespaces.observeWrite({ metadata: meta(name, `uid-${name}`) });
  stores.stores.observeWrite({ ...aStore(), apiVersion, kind: 'NixStore' });
  for (const [tenant, node] of [
    ['other', 'node-1'],
    ['team', 'node-2'],
  ] as const) {
    const name = storeName(node, tenant);
    stores.stores.observeWrite({ metadata: meta(name, `uid-${name}`), spec: { node, tenant }, status: {} });
  }
});

function put(name: string, status: NixBuildStatus = building, given: object = {}): void {
  const metadata = { namespace: 'team', name, uid: `uid-${name}`, resourceVersion: '1', ...given };
  const spec = {
    flakeUrl: 'github:a/b',
    packageName: 'default',
    system: 'x86_64-linux',
    imageTag: `git.example/a:${name}`,
  };
  stores.builds.observeWrite({ metadata, spec, status });
}

const work = () => workInJob(job, { stores, settings });

describe('a builder is told', () => {
  it('of the build that names it', () => {
    put('a');
    expect(work()).toMatchObject({ order: { id: 'uid-a-1', build: { flakeUrl: 'github:a/b' } }, isWanted: true });
  });

  it('of the first alone, by when it was taken, whatever their names', () => {
    put('a', { ...building, stageTimes: { buildStarted: secondsAfterNoon(1).toISOString() } });
    put('b');
    put('c');
    expect(work().order?.id).toBe('uid-b-1');
  });

  test.each<[string, NixBuildStatus, object]>([
    ['of another namespace', building, { namespace: 'other' }],
    ['on another node', { ...building, buildNode: 'node-2' }, {}],
    ['that is being deleted', building, { deletionTimestamp: noon.toISOString() }],
    ['that is through', { ...building, status: 'Importing' }, {}],
    ['that was cancelled', { ...building, status: 'Cancelled' }, {}],
    ['that waits for its next attempt', { ...building, status: 'Pending', nextAttemptTime: noon.toISOString() }, {}],
    ['that has a Job of its own', { ...building, buildJobName: 'another' }, {}],
  ])('nothing of one %s', (_, status, given) => {
    put('a', status, given);
    expect(work()).toMatchObject({ order: undefined, isWanted: false });
  });
});

describe('it is known that', () => {
  const finished = { ...times, buildFinished: noon.toISOString() };
  test.each<[string, NixBuildStatus, object]>([
    [
      'what ended before its end was seen is given up',
      { ...building, status: 'Failed' },
      { isGivenUp: true, isToBeRead: true },
    ],
    [
      'what failed after it was built is not',
      { ...building, status: 'Failed', stageTimes: finished },
      { isGivenUp: false, isToBeRead: true },
    ],
    ['a cancelled one is not', { ...building, status: 'Cancelled' }, { isGivenUp: false, isToBeRead: false }],
    [
      'a success is read for a while',
      { ...building, status: 'Succeeded', stageTimes: finished, logKeptUntil: secondsAfterNoon(60).toISOString() },
      { logKeptUntil: secondsAfterNoon(60).getTime(), doneAt: noon.getTime(), isToBeRead: false },
    ],
  ])('%s', (_, status, expected) => {
    put('a', status);
    expect(work()).toMatchObject(expected);
  });
});
