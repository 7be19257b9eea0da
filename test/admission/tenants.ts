import { label } from '../../src/api/labels.ts';
import { changed } from './requests.ts';

type Request = readonly [what: string, user: string, verb: 'create' | 'replace', manifest: object];

const build = {
  apiVersion: 'enbi.hrzn.ee/v1alpha1',
  kind: 'NixBuild',
  metadata: { name: 'mine', namespace: 'team' },
  spec: { flakeUrl: 'github:a/b', packageName: 'default', system: 'x86_64-linux', imageTag: 'git.example/a:1' },
};
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'mine', namespace: 'team' },
  spec: { containers: [{ name: 'a', image: 'git.example/a:1' }] },
};
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a.example/a:1' }] } };
const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'mine', namespace: 'team' }, spec: { template } };
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'mine', namespace: 'team' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const jobController = 'system:serviceaccount:kube-system:job-controller';
const mark = { [label.buildUid]: 'a' };
const storeMark = { [label.storeUid]: 'a' };
const agentMark = { [label.agentOf]: 'a' };

function annotations(count: number, length: number): object {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`enbi.hrzn.ee/nixbuild-flakeUrl.a${index}`, 'a'.repeat(length)]),
  );
}

const owners = Array.from({ length: 17 }, (_, index) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name: 'a',
  uid: `u${index}`,
}));
const finalizers = Array.from({ length: 9 }, (_, index) => `example.com/f${index}`);
const labels = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`l${index}`, 'a']));
const others = Object.fromEntries(
  Array.from({ length: 5000 }, (_, index) => [`other.example/a${index}`, 'a'.repeat(20)]),
);

export const tenantsStillMay: readonly Request[] = [
  ['ask for a build', 'tenant', 'create', build],
  [
    'ask for a build with long annotations',
    'tenant',
    'create',
    changed(build, { 'metadata|annotations': annotations(9, 4096) }),
  ],
  ['make a Pod', 'tenant', 'create', pod],
  [
    'make a Pod with 64 annotations',
    'tenant',
    'create',
    changed(pod, { 'metadata|annotations': annotations(60, 4000) }),
  ],
  ['make a Pod with 5000 annotations of others', 'tenant', 'create', changed(pod, { 'metadata|annotations': others })],
  ['make a Job', 'tenant', 'create', job],
  ['make a claim', 'tenant', 'create', claim],
  ['see Pods made for Jobs of enbi', jobController, 'create', changed(pod, { 'metadata|labels': mark })],
];

export const tenantsMayNot: readonly (readonly [...Request, why: RegExp])[] = [
  [
    'a build with a long annotation',
    'tenant',
    'create',
    changed(build, { 'metadata|annotations': annotations(1, 4097) }),
    /at most 64 annotations/,
  ],
  [
    'a build with many annotations',
    'tenant',
    'create',
    changed(build, { 'metadata|annotations': annotations(65, 1) }),
    /at most 64 annotations/,
  ],
  [
    'a build with the longest annotation there is',
    'tenant',
    'create',
    changed(build, { 'metadata|annotations': { a: 'a'.repeat(261_000) } }),
    /at most 64 annotations/,
  ],
  ['a build with many labels', 'tenant', 'create', changed(build, { 'metadata|labels': labels }), /64 labels/],
  ['a build with many owners', 'tenant', 'create', changed(build, { 'metadata|ownerReferences': owners }), /16 owner/],
  [
    'a build with many finalizers',
    'tenant',
    'create',
    changed(build, { 'metadata|finalizers': finalizers }),
    /8 final/,
  ],
  [
    'a Pod with a long annotation',
    'tenant',
    'create',
    changed(pod, { 'metadata|annotations': annotations(1, 4097) }),
    /annotations of enbi/,
  ],
  [
    'a Pod with many annotations',
    'tenant',
    'create',
    changed(pod, { 'metadata|annotations': annotations(65, 1) }),
    /annotations of enbi/,
  ],
  [
    'a Pod with 6,000 annotations',
    'tenant',
    'create',
    changed(pod, { 'metadata|annotations': annotations(6000, 1) }),
    /annotations of enbi/,
  ],
  [
    "a Pod that says it is enbi's",
    'tenant',
    'create',
    changed(pod, { 'metadata|labels': mark }),
    /mark what enbi made/,
  ],
  [
    "a Job that says it is enbi's",
    'tenant',
    'create',
    changed(job, { 'metadata|labels': mark }),
    /mark what enbi made/,
  ],
  [
    'a Pod that says it is an agent',
    'tenant',
    'create',
    changed(pod, { 'metadata|labels': agentMark }),
    /mark what enbi made/,
  ],
  [
    'a Job whose Pods say they are agents',
    'tenant',
    'create',
    changed(job, { 'spec|template|metadata': { labels: agentMark } }),
    /mark what enbi made/,
  ],
  ["a Pod in enbi's namespace", 'tenant', 'create', changed(pod, { 'metadata|namespace': 'enbi' }), /cannot create/],
  ["a Job in enbi's namespace", 'tenant', 'create', changed(job, { 'metadata|namespace': 'enbi' }), /cannot create/],
  [
    'a Job whose Pods say so',
    'tenant',
    'create',
    changed(job, { 'spec|template|metadata': { labels: storeMark } }),
    /mark what enbi made/,
  ],
  [
    "a claim that says it is enbi's",
    'tenant',
    'create',
    changed(claim, { 'metadata|labels': storeMark }),
    /mark what enbi made/,
  ],
];
