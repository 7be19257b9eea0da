import { expect, it, test } from 'vitest';
import { aBuild, aContainer, aJob, aJobPod, aNode, aStore } from '../../test/support/builders.ts';
import { label } from '../api/labels.ts';
import type { JobView } from '../cluster-view/objects.ts';
import { decideUninstall, rules } from './decide.ts';
import { endedPurges } from './purge.ts';
import type { Situation } from './situation.ts';

const meta = (name: string) => ({ name, uid: `uid-${name}`, resourceVersion: '1' });
const going = { deletionTimestamp: '2026-11-23T11:59:00Z' };
const claim = { metadata: { ...meta('claim'), namespace: 'team' }, phase: 'Bound', volumeName: 'volume' };
const volume = { metadata: meta('volume'), phase: 'Bound', claim: 'team/claim' };
const options = { purge: false, namespace: 'enbi', image: 'enbi:1', pullPolicy: 'Never', instance: 'hook-1' };
const purge = { ...options, purge: true };
const nothing: Situation = {
  controller: undefined,
  controllerPods: [],
  jobs: [],
  jobPods: [],
  nodes: [aNode()],
  claims: [],
  volumes: [],
  stores: [],
  builds: [],
  dealtWith: new Set(),
  left: new Set(),
  held: new Set(),
  options,
};
const created = decideUninstall({ ...nothing, stores: [aStore()], options: purge }).actions[0];
const purgeJob = purgeJobOf('hook-1');
const removed = (message: object, exitCode = 0) =>
  aJobPod(
    { remove: { exitCode, message } },
    { metadata: { ...meta('p'), namespace: 'enbi', ownerReferences: [ownerOf(purgeJob)] } },
  );
const starting = (waiting: string) =>
  aJobPod(
    {},
    {
      metadata: { ...meta('p'), namespace: 'enbi', ownerReferences: [ownerOf(purgeJob)] },
      containers: [aContainer({ name: 'remove', waiting })],
    },
  );
const success = removed({ ok: true, filesRemoved: 1 });
const failure = removed({ ok: false, reason: 'StoreNotRemoved', retry: true, message: 'busy' }, 11);
const dealtWith = new Set(['node-1']);
const onLostNode = aJobPod({}, { nodeName: 'node-2' });

function purgeJobOf(instance: string): JobView {
  const name = created?.type === 'create' ? created.manifest.metadata.name : '';
  const job = aJob(name);
  return { ...job, metadata: { ...job.metadata, namespace: 'enbi', labels: { [label.uninstall]: instance } } };
}

function ownerOf({ metadata: { name, uid } }: JobView) {
  return { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true };
}

test.each<[string, Partial<Situation>, RegExp, string[]]>([
  [
    'stops the controller before all else',
    { controller: { metadata: meta('c') }, jobs: [aJob()] },
    /controller/,
    ['delete Deployment'],
  ],
  [
    'waits until it has ended',
    { controllerPods: [{ metadata: meta('c') }], jobs: [aJob()] },
    /until the controller ends: c/,
    [],
  ],
  ['removes Jobs before what they use', { jobs: [aJob()], claims: [claim] }, /removing 1 Job$/, ['delete Job']],
  [
    'removes Jobs of an uninstallation that failed',
    { jobs: [purgeJobOf('hook-0')], options: purge },
    /removing 1 Job$/,
    ['delete Job'],
  ],
  ['waits for their Pods', { jobPods: [aJobPod({})], claims: [claim] }, /the Pods of enbi's Jobs end/, []],
  [
    'waits for no Pod on a node that does not answer',
    { jobPods: [onLostNode], claims: [claim] },
    /removing 1 claim$/,
    ['delete PersistentVolumeClaim'],
  ],
  ['leaves the directories alone', { stores: [aStore()] }, /removing 1 NixStore$/, ['delete NixStore']],
  [
    'purges all nodes that may have a store, after all records are gone',
    { nodes: [aNode(), aNode({ name: 'node-2' }), aNode({ name: 'windows', os: 'windows' })], options: purge },
    /from node-1, node-2$/,
    ['create Job', 'create Job'],
  ],
  [
    'purges twenty at a time',
    { nodes: Array.from({ length: 30 }, (_, at) => aNode({ name: `node-${at}` })), options: purge },
    /and 15 more$/,
    Array.from({ length: 20 }, () => 'create Job'),
  ],
  [
    'purges no node twice',
    { nodes: [aNode(), aNode({ name: 'node-2' })], dealtWith: new Set(['node-2']), options: purge },
    /from node-1$/,
    ['create Job'],
  ],
  [
    'skips a node that does not answer',
    { stores: [aStore()], nodes: [aNode({ ready: false })], options: purge },
    /removing 1 NixStore$/,
    ['delete NixStore'],
  ],
  ['waits for the purge', { stores: [aStore()], jobs: [purgeJob], options: purge }, /waiting for the removal/, []],
  [
    'goes on after the purge',
    { stores: [aStore()], jobs: [purgeJob], jobPods: [success], dealtWith, options: purge },
    /1 NixStore$/,
    ['delete NixStore'],
  ],
  [
    'ends when the purge failed',
    { stores: [aStore()], jobs: [purgeJob], jobPods: [failure], options: purge },
    /node-1: busy/,
    [],
  ],
  [
    'removes claims before volumes',
    { claims: [claim], volumes: [volume] },
    /removing 1 claim$/,
    ['delete PersistentVolumeClaim'],
  ],
  [
    'waits for claims, and names them',
    { claims: [{ ...claim, metadata: { ...claim.metadata, ...going } }], volumes: [volume] },
    /gone: team\/claim/,
    [],
  ],
  ['removes volumes', { volumes: [volume], stores: [aStore()] }, /removing 1 volume$/, ['delete PersistentVolume']],
  ['removes NixBuilds made for Pods', { builds: [aBuild()] }, /removing 1 NixBuild$/, ['delete NixBuild']],
  [
    'removes its own Jobs last',
    { jobs: [purgeJob], jobPods: [success], dealtWith, options: purge },
    /removing 1 Job$/,
    ['delete Job'],
  ],
  ['ends when nothing is left but the disks, and says so', {}, /people made, and below .*--purge, also now/, []],
  ['ends when nothing is left', { dealtWith, options: purge }, /nothing of enbi is left but .* people made$/, []],
  [
    'names the nodes on which something stays',
    { dealtWith, left: new Set(['node-2']), options: purge },
    /what is below \/var\/lib\/enbi on node-2$/,
    [],
  ],
])('%s', (_, given, say, actions) => {
  const step = decideUninstall({ ...nothing, ...given });
  expect(step.say).toMatch(say);
  expect(step.actions.map((a) => `${a.type} ${a.type === 'create' ? a.manifest.kind : a.ref.kind}`)).toEqual(actions);
});

test.each<[string, Partial<Situation>, object[]]>([
  ['ended well', { jobPods: [success] }, [{ node: 'node-1' }]],
  ['failed', { jobPods: [failure] }, []],
  ['goes on', {}, []],
  [
    'cannot start',
    { jobPods: [starting('ImagePullBackOff')] },
    [{ node: 'node-1', why: expect.stringContaining('is not on node node-1') }],
  ],
  ['may yet start', { jobPods: [starting('ErrImagePull')] }, []],
  ['cannot start where there surely is something', { jobPods: [starting('ImagePullBackOff')], stores: [aStore()] }, []],
])('a purge that %s', (_, given, ended) => {
  expect(endedPurges({ ...nothing, jobs: [purgeJob], options: purge, ...given })).toEqual(ended);
});

it('knows how it ended', () => {
  const jobs = { stores: [aStore()], jobs: [purgeJob], options: purge };
  expect(decideUninstall(nothing).end).toBe('done');
  expect(decideUninstall({ ...nothing, ...jobs, jobPods: [failure] }).end).toBe('failed');
  expect(decideUninstall({ ...nothing, ...jobs }).end).toBeUndefined();
});

it('pins the order of the rules', () => {
  expect(rules.map((rule) => rule.name)).toMatchInlineSnapshot(`
    [
      "controllerIsThere",
      "jobsAreLeft",
      "podsAreLeft",
      "storesAreToBePurged",
      "purgeFailed",
      "storesAreBeingPurged",
      "claimsAreLeft",
      "volumesAreLeft",
      "buildsAreLeft",
      "storesAreLeft",
      "ownJobsAreLeft",
    ]
  `);
});
