import { describe, expect, it, test } from 'vitest';
import { aBuild, aJob, aPod, aStore } from '../../test/support/builders.ts';
import { apiVersion, label, manager } from '../api/labels.ts';
import type { ObjectMeta, Observed, OwnerReference } from '../runtime/kube-object.ts';
import { buildConcerned, isBuildJobOf, isImportJobOf, isOfStore, jobKey } from './belonging.ts';
import { createStores } from './stores.ts';

const build = aBuild();
const store = aStore();
const job = aJob('web-build-1');
const ofJob: OwnerReference = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  name: 'web-build-1',
  uid: job.metadata.uid,
  controller: true,
};
const ofBuild: OwnerReference = {
  apiVersion,
  kind: 'NixBuild',
  name: build.metadata.name,
  uid: build.metadata.uid,
  controller: true,
};
const annotations = { [label.buildNamespace]: 'team', [label.buildName]: build.metadata.name };

function changed(object: Observed, metadata: Partial<ObjectMeta>): Observed {
  return { metadata: { ...object.metadata, ...metadata } };
}

describe('the Pods of a Job', () => {
  const pod = changed(aPod({ name: 'web-build-1-x' }), { ownerReferences: [ofJob] });

  it.each<[string, Partial<ObjectMeta>, boolean]>([
    ['made by it', {}, true],
    ['of another namespace that names it as its owner', { namespace: 'attacker' }, false],
    ['that names it without being controlled by it', { ownerReferences: [{ ...ofJob, controller: false }] }, false],
    ['of a Job of that uid and another name', { ownerReferences: [{ ...ofJob, name: 'other' }] }, false],
    ['of a Job of that name and another uid', { ownerReferences: [{ ...ofJob, uid: 'other' }] }, false],
    ['of a Job of another API', { ownerReferences: [{ ...ofJob, apiVersion: 'attacker.example/v1' }] }, false],
    ['of another kind', { ownerReferences: [{ ...ofJob, kind: 'ReplicaSet' }] }, false],
    ['without an owner', { ownerReferences: [] }, false],
  ])('one %s', (_, metadata, counts) => {
    const { jobPods } = createStores();
    const labels = { [label.managedBy]: manager, [label.buildUid]: 'uid' };
    jobPods.replace([], '0');
    jobPods.observeWrite(changed(pod, { labels, ...metadata }));
    expect(jobPods.by('job', jobKey(job))).toHaveLength(counts ? 1 : 0);
  });
});

describe('the build Jobs of a NixBuild', () => {
  const made = changed(job, { ownerReferences: [ofBuild], annotations });

  it.each<[string, Partial<ObjectMeta>, boolean]>([
    ['made for it', {}, true],
    ['of another namespace', { namespace: 'attacker' }, false],
    ['without an owner', { ownerReferences: [] }, false],
    ['owned by an earlier one of its name', { ownerReferences: [{ ...ofBuild, uid: 'earlier' }] }, false],
    ['that names it without being controlled by it', { ownerReferences: [{ ...ofBuild, controller: false }] }, false],
    ['with the label of another', { labels: { [label.buildUid]: 'other' } }, false],
  ])('one %s', (_, metadata, counts) => {
    expect(isBuildJobOf(changed(made, metadata), build)).toBe(counts);
  });
});

describe('the import Jobs of a NixBuild', () => {
  const made = changed(job, { namespace: 'enbi', annotations });

  it.each<[string, Partial<ObjectMeta>, boolean]>([
    ['in enbi’s namespace', {}, true],
    ['in its own namespace', { namespace: 'team' }, false],
    ['in another namespace', { namespace: 'attacker' }, false],
    ['for another of its name', { annotations: { ...annotations, [label.buildNamespace]: 'other' } }, false],
    ['for an earlier one of its name', { labels: { [label.buildUid]: 'earlier' } }, false],
  ])('one %s', (_, metadata, counts) => {
    expect(isImportJobOf(changed(made, metadata), build, 'enbi')).toBe(counts);
  });
});

describe('what is found under a store’s name', () => {
  const ofStore = {
    apiVersion,
    kind: 'NixStore',
    name: store.metadata.name,
    uid: store.metadata.uid,
    controller: true,
  };

  it.each<[string, readonly OwnerReference[], boolean]>([
    ['was made for it', [ofStore], true],
    ['was made for an earlier one', [{ ...ofStore, uid: 'earlier' }], false],
    ['has no owner', [], false],
  ])('%s', (_, ownerReferences, counts) => {
    expect(isOfStore(changed(job, { ownerReferences }), store)).toBe(counts);
  });
});

test.each([
  ['enbi', `team/${build.metadata.name}`],
  ['team', `team/${build.metadata.name}`],
  ['attacker', undefined],
  ['tea', undefined],
])('an object in namespace %s that names a NixBuild of team concerns %s', (namespace, expected) => {
  expect(buildConcerned(changed(job, { namespace, annotations }), 'enbi')).toBe(expected);
});
