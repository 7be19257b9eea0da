import { beforeEach, expect, test } from 'vitest';
import { noon, secondsAfterNoon, someSettings } from '../../../test/support/builders.ts';
import { ceilings } from '../../api/ceilings.ts';
import { label, manager } from '../../api/labels.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { targetOf } from '../../runtime/print-plan.ts';
import { Admission } from './admission.ts';
import { NameClaims } from './name-claims.ts';
import { reconcileBuild } from './reconcile.ts';

// Each failed NixBuild keeps its import Job to be looked at, in enbi's namespace: a tenant may let thousands fail.
const most = ceilings.keptImports.value;
const settings = someSettings();
let stores: Stores;

beforeEach(() => {
  stores = createStores();
  for (const store of Object.values(stores)) store.replace([], '0');
});

/** The import Job of a build of that name, so many seconds after noon. */
function putImport(name: string, at: number, { namespace = 'team', ended = true } = {}): void {
  const labels = { [label.managedBy]: manager, [label.buildUid]: `uid-${name}` };
  const annotations = { [label.buildNamespace]: namespace, [label.buildName]: name };
  const creationTimestamp = secondsAfterNoon(at).toISOString();
  const names = { name: `${name}-import-1`, namespace: settings.namespace, uid: `uid-job-${name}` };
  const conditions = ended ? [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] : [];
  stores.jobs.observeWrite({
    metadata: { ...names, resourceVersion: '1', creationTimestamp, labels, annotations },
    status: { conditions },
  });
}

async function removed(): Promise<readonly string[]> {
  stores.builds.observeWrite({
    metadata: { name: 'last', namespace: 'team', uid: 'uid-last', resourceVersion: '1' },
    spec: {},
    status: { status: 'Failed', attempts: 1 },
  });
  const clock = new FakeClock(noon.toISOString());
  const plan = await reconcileBuild('team/last', [], {
    stores,
    settings,
    admission: new Admission(stores, settings, { clock, look: () => undefined }),
    names: new NameClaims(stores),
    clock,
    reports: { of: () => undefined },
    readTrouble: () => Promise.resolve(''),
  });
  return (plan?.actions ?? []).map((action) => `${action.type} ${targetOf(action).name}`);
}

test('of failed imports of a namespace the newest are kept', async () => {
  for (let at = 0; at < most + 2; at++) putImport(`build-${at}`, at);
  expect(await removed()).toEqual(['delete build-1-import-1', 'delete build-0-import-1']);
});

test('and all of them while they are no more', async () => {
  for (let at = 0; at < most; at++) putImport(`build-${at}`, at);
  for (let at = 0; at < most; at++) putImport(`running-${at}`, at, { ended: false });
  for (let at = 0; at < most; at++) putImport(`other-${at}`, at, { namespace: 'other' });
  expect(await removed()).toEqual([]);
});
