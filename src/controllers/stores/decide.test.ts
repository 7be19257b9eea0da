import { describe, expect, it, test } from 'vitest';
import {
  aContainer,
  aJob,
  aJobPod,
  aNamespace,
  aNode,
  aPod,
  aStore,
  noon,
  secondsAfterNoon,
} from '../../../test/support/builders.ts';
import { storeLayout } from '../../api/order.ts';
import type { ClaimView, VolumeView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import { decideStore, rules } from './decide.ts';
import type { SeenStore } from './observe.ts';

const settings = {
  namespace: 'enbi',
  image: 'enbi.hrzn.ee/enbi:test',
  pullPolicy: 'IfNotPresent',
  tolerations: [],
  storeClaimSize: '1Gi',
};
const name = aStore().metadata.name;
const meta = { name, uid: 'u', resourceVersion: '1' };
const volume = (phase: string): VolumeView => ({ metadata: meta, phase, claim: 'team/x' });
const claim = (phase: string): ClaimView => ({ metadata: meta, phase, volumeName: name });
const prepared = aStore({ prepared: true, layout: storeLayout });
const success = { ok: true, storeSizeBytes: 5, storeFreeBytes: 2048 };
const notRemoved = { ok: false, reason: 'StoreNotRemoved', retry: true, message: 'busy' };
const going = { ...aNamespace(), metadata: { ...aNamespace().metadata, deletionTimestamp: '2026-11-23T11:59:00Z' } };
const another = { ...aNamespace(), metadata: { ...aNamespace().metadata, uid: 'uid-of-the-next' } };
const ofTeam = { ...prepared, spec: { ...prepared.spec, tenantUid: 'uid-team' } };
const failure = { ok: false, reason: 'StorePreparationFailed', retry: true, message: 'a link is in the way' };

const goingClaim = { ...claim('Bound'), metadata: { ...meta, deletionTimestamp: noon.toISOString() } };
const goingJob = aJob('job', { deletionTimestamp: noon.toISOString() });

/** It ended more than a minute before noon. */
function longAgo(pod: PodView): PodView {
  const finishedAt = secondsAfterNoon(-61).toISOString();
  const containers = pod.containers.map((container) =>
    container.terminated === undefined
      ? container
      : { ...container, terminated: { ...container.terminated, finishedAt } },
  );
  return { ...pod, containers };
}

function seen(given: Partial<SeenStore>): SeenStore {
  return {
    store: prepared,
    node: aNode(),
    namespace: aNamespace(),
    prepareJob: undefined,
    preparePod: undefined,
    removeJob: undefined,
    removePod: undefined,
    volume: undefined,
    claim: undefined,
    builds: [],
    scoped: [],
    refusals: [],
    ...given,
  };
}

const refusal: Refusal = {
  verb: 'create',
  ref: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'team', name: 'enbi-store-x' },
  reason: 'Forbidden',
  message: 'exceeded quota: small',
  times: 1,
  againInMs: 10_000,
};
const ready = { volume: volume('Bound'), claim: claim('Bound') };

describe('what the API server refuses a store', () => {
  it('is told, in its words', () => {
    const plan = decideStore(seen({ volume: volume('Available'), refusals: [refusal] }), noon, settings);
    expect(plan).toMatchObject({ because: 'WriteWasRefused', actions: [], recheckAfterMs: 10_000 });
    const message = 'the API server refuses to create PersistentVolumeClaim team/enbi-store-x: exceeded quota: small';
    expect(plan.status?.status).toMatchObject({
      ready: 'False',
      conditions: [{ type: 'Ready', reason: 'RefusedByCluster', message }, { type: 'Reconciling' }],
    });
  });

  it('lets nobody wait for it when it has been refused for long', () => {
    const plan = decideStore(seen({ refusals: [{ ...refusal, times: 7 }] }), noon, settings);
    expect(plan.status?.status).toMatchObject({ conditions: [{ type: 'Ready' }, { type: 'Stalled', status: 'True' }] });
  });

  it('is told when it is the Job that removes its directories', () => {
    const plan = decideStore(seen({ namespace: undefined, refusals: [refusal] }), noon, settings);
    expect(plan).toMatchObject({ because: 'WriteWasRefused', actions: [] });
  });

  it('makes it no less ready when it is only in the way of tidying up', () => {
    const plan = decideStore(seen({ ...ready, refusals: [{ ...refusal, verb: 'delete' }] }), noon, settings);
    expect([plan.because, plan.status]).toEqual(['WriteWasRefused', undefined]);
  });
});

test.each<[string, Partial<SeenStore>, string, string[]]>([
  ['makes the directories first', { store: aStore({}) }, 'DirectoriesMissing', ['create Job']],
  [
    'makes those that an older enbi did not',
    { store: aStore({ prepared: true }) },
    'DirectoriesMissing',
    ['create Job'],
  ],
  ['waits for them', { store: aStore({}), prepareJob: aJob() }, 'PreparingDirectories', []],
  [
    'says why they could not be made',
    { store: aStore({}), prepareJob: aJob(), preparePod: aJobPod({ prepare: { exitCode: 11, message: failure } }) },
    'StorePreparationFailed',
    [],
  ],
  [
    'says that enbi’s own image is not on the node',
    { store: aStore({}), prepareJob: aJob(), preparePod: aPod({ containers: [aContainer({ name: 'prepare' })] }) },
    'EnbiImageMissing',
    [],
  ],
  [
    'asks once that the failed Job goes',
    {
      store: aStore({}),
      prepareJob: goingJob,
      preparePod: longAgo(aJobPod({ prepare: { exitCode: 11, message: failure } })),
    },
    'StorePreparationFailed',
    [],
  ],
  [
    'lets the failed Job go after a minute',
    {
      store: aStore({}),
      prepareJob: aJob(),
      preparePod: longAgo(aJobPod({ prepare: { exitCode: 11, message: failure } })),
    },
    'StorePreparationFailed',
    ['delete Job'],
  ],
  [
    'asks once that the failed Job goes that removes directories',
    {
      namespace: undefined,
      removeJob: goingJob,
      removePod: longAgo(aJobPod({ remove: { exitCode: 11, message: notRemoved } })),
    },
    'StoreNotRemoved',
    [],
  ],
  [
    'notes that they are made',
    { store: aStore({}), prepareJob: aJob(), preparePod: aJobPod({ prepare: { message: success } }) },
    'DirectoriesMade',
    [],
  ],
  [
    'tries again when its Job does not end, whatever its own deadline',
    { store: aStore({}), prepareJob: aJob('job', { creationTimestamp: secondsAfterNoon(-361).toISOString() }) },
    'StorePreparationFailed',
    ['delete Job'],
  ],
  [
    'gives its Job the time it has',
    { store: aStore({}), prepareJob: aJob('job', { creationTimestamp: secondsAfterNoon(-359).toISOString() }) },
    'PreparingDirectories',
    [],
  ],
  [
    'tries again when the Job that removes directories does not end',
    {
      namespace: undefined,
      removeJob: aJob('job', { creationTimestamp: secondsAfterNoon(-3661).toISOString() }),
    },
    'StoreNotRemoved',
    ['delete Job'],
  ],
  ['makes the volume before the claim', {}, 'WaitingForVolume', ['create PersistentVolume']],
  ['waits until the volume is available', { volume: volume('Pending') }, 'WaitingForVolume', []],
  [
    'makes the claim on an available volume',
    { volume: volume('Available') },
    'WaitingForVolume',
    ['create PersistentVolumeClaim'],
  ],
  [
    'does not take the claim of the volume before for its own',
    { volume: volume('Available'), claim: claim('Bound') },
    'WaitingForVolume',
    [],
  ],
  ['offers no claim that is being deleted', { ...ready, claim: goingClaim }, 'WaitingForVolume', []],
  ['waits until the claim is bound', { volume: volume('Available'), claim: claim('Pending') }, 'WaitingForVolume', []],
  [
    'removes its Job',
    { volume: volume('Bound'), claim: claim('Bound'), prepareJob: aJob() },
    'PrepareJobIsLeft',
    ['delete Job'],
  ],
  ['is ready', { volume: volume('Bound'), claim: claim('Bound') }, 'StoreReady', []],
  ['makes a released volume anew', { volume: volume('Released') }, 'WaitingForVolume', ['delete PersistentVolume']],
  ['waits for a tenant that is going', { namespace: going }, 'WaitingForVolume', []],
  ['removes the directories of a tenant that is gone', { namespace: undefined }, 'TenantGone', ['create Job']],
  [
    'removes those of a tenant that another of its name replaced',
    { namespace: another, store: ofTeam },
    'TenantGone',
    ['create Job'],
  ],
  [
    'keeps those of the same tenant',
    { namespace: aNamespace(), store: ofTeam },
    'WaitingForVolume',
    ['create PersistentVolume'],
  ],
  ['lets no Job make them anew', { namespace: undefined, prepareJob: aJob() }, 'TenantGone', ['delete Job']],
  ['waits until they are removed', { namespace: undefined, removeJob: aJob() }, 'TenantGone', []],
  [
    'says why they could not be removed',
    { namespace: undefined, removeJob: aJob(), removePod: aJobPod({ remove: { exitCode: 11, message: notRemoved } }) },
    'StoreNotRemoved',
    [],
  ],
  [
    'goes when they are removed',
    {
      namespace: undefined,
      removeJob: aJob(),
      removePod: aJobPod({ remove: { message: { ok: true, filesRemoved: 7 } } }),
    },
    'StoreRemoved',
    ['delete NixStore'],
  ],
  ['leaves a node alone that left', { namespace: undefined, node: undefined }, 'NodeGone', []],
  ['waits for its node', { node: undefined }, 'NodeGone', []],
])('%s', (_, given, because, actions) => {
  const plan = decideStore(seen(given), noon, settings);
  expect(plan.because).toBe(because);
  expect(plan.actions.map((a) => `${a.type} ${a.type === 'create' ? a.manifest.kind : a.ref.kind}`)).toEqual(actions);
});

it('tries the directories again after a minute', () => {
  const given = {
    store: aStore({}),
    prepareJob: aJob(),
    preparePod: aJobPod({ prepare: { exitCode: 11, message: failure } }),
  };
  expect(decideStore(seen(given), secondsAfterNoon(61), settings).actions).toHaveLength(1);
});

it('tries to remove them again after a minute', () => {
  const removePod = aJobPod({ remove: { exitCode: 11, message: notRemoved } });
  const given = { namespace: undefined, removeJob: aJob(), removePod };
  expect(decideStore(seen(given), secondsAfterNoon(61), settings).actions).toMatchObject([{ type: 'delete' }]);
});

it('is Ready for kstatus, with figures for people', () => {
  const plan = decideStore(seen({ volume: volume('Bound'), claim: claim('Bound') }), noon, settings);
  expect(plan.status?.status).toMatchObject({ ready: 'True', conditions: [{ type: 'Ready', status: 'True' }] });
});

it('pins the order of the rules', () => {
  expect(rules.map((rule) => rule.name)).toMatchSnapshot();
});
