import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeBusyboxArchive } from '../../cluster/busybox-image.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aNixBuild, aPod } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('a NixBuild made by hand loads its image, with no Pod that waits for it', async () => {
  const tenant = await cluster.tenant('hand-made');
  const imageTag = tenant.image('hello', '1.0.0');
  await tenant.apply(aNixBuild({ name: 'by-hand', flakeUrl: cluster.flakeAt('hello', '1.0.0'), imageTag }));
  const { status } = await tenant.succeeded(imageTag);

  const loaded = await imagesOnNode();
  expect(loaded.get(imageTag)).toBe(status.imageDigest);
  expect(loaded.get(imageTag.replace(/:1\.0\.0$/, `@${status.imageDigest}`))).toBe(status.imageDigest);

  const [titles = '', row = ''] = (await tenant.kubectl(['get', 'nb'])).split('\n');
  expect(titles.split(/ {2,}/)).toEqual(['NAME', 'IMAGE TAG', 'SYSTEM', 'STATUS', 'PROGRESS', 'BUILD NODE', 'AGE']);
  for (const text of ['by-hand', imageTag, 'x86_64-linux', 'Succeeded', cluster.node]) expect(row).toContain(text);
});

test('the spec of a NixBuild never changes', async () => {
  const tenant = await cluster.tenant('immutable');
  // A system that no node has: it stays as it is.
  const wishes = { name: 'fixed', flakeUrl: cluster.flakeAt('hello', '1.0.0'), system: 'riscv64-linux' };
  await tenant.apply(aNixBuild({ ...wishes, imageTag: tenant.image('hello', '1.0.0') }));
  const change = tenant.apply(aNixBuild({ ...wishes, imageTag: tenant.image('hello', '1.1.0') }));
  await expect(change).rejects.toThrow('spec is immutable: create another object instead');
});

test('the manifests of the first enbi apply unchanged', async () => {
  const tenant = await cluster.tenant('first-enbi');
  await tenant.kubectl(['apply', '--validate=strict', '--filename=-'], firstEnbi);
  const build = await tenant.waitFor('it is looked at', async () =>
    (await tenant.builds()).find(({ status }) => status.conditions !== undefined),
  );
  expect(build.spec).toMatchObject({ packageName: 'chog-docker.stream-layered', system: 'aarch64-linux' });
  expect(build.status.status).toBe('Pending');
  expect(build.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', reason: 'WaitingForNode' }));
});

test('an image that enbi did not load keeps its name', async () => {
  const tenant = await cluster.tenant('conflict');
  const imageTag = tenant.image('hello', '1.0.0');
  const folder = await mkdtemp(join(tmpdir(), 'enbi-e2e-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const archive = join(folder, 'foreign.tar');
  await writeBusyboxArchive(archive, { name: imageTag, entrypoint: ['/bin/sh'] });
  await cluster.load(archive);
  const foreign = (await imagesOnNode()).get(imageTag);

  await tenant.apply(aNixBuild({ name: 'taken', flakeUrl: cluster.flakeAt('hello', '1.0.0'), imageTag }));
  const { status } = await tenant.failed(imageTag);
  // At once where the node has told of the image by then, by the import otherwise.
  expect(status.failure).toMatchObject({ reason: 'NameConflict' });
  expect(status.failure.message).toContain(imageTag);
  expect(foreign).toBeDefined();
  expect((await imagesOnNode()).get(imageTag)).toBe(foreign);
});

test('a name that another namespace had built, or uses, stays its own', async () => {
  const first = await cluster.tenant('first-owner');
  const other = await cluster.tenant('other-tenant');
  const flakeUrl = cluster.flakeAt('hello', '1.0.0');
  const [built, used] = [first.image('built', '1.0.0'), first.image('used', '1.0.0')];
  await first.apply(aNixBuild({ name: 'built', flakeUrl, imageTag: built }));
  await first.succeeded(built);
  await first.kubectl(['delete', 'nixbuild', 'built']);
  // It waits for a registry that there is not.
  await first.apply(aPod({ name: 'using', image: used }));

  for (const [name, imageTag] of Object.entries({ built, used, proxy: 'registry.k8s.io/kube-proxy:v9' })) {
    await other.apply(aNixBuild({ name, flakeUrl, imageTag }));
    const { status } = await other.failed(imageTag);
    expect(status.failure).toMatchObject({ stage: 'Schedule', reason: 'NameConflict' });
    const why = name === 'proxy' ? 'registry.k8s.io is a public registry' : 'the name is taken; use another';
    expect(status.failure.message).toContain(`under ${imageTag}: ${why}`);
  }
  // Who had it built has it built again.
  await first.apply(aNixBuild({ name: 'again', flakeUrl, imageTag: built }));
  await first.succeeded(built);
});

test.each([
  ['get', '', 'secrets'],
  ['list', '', 'secrets'],
  ['create', '', 'pods'],
  ['create', '', 'pods/exec'],
  ['update', 'rbac.authorization.k8s.io', 'clusterroles'],
])('the controller may not %s %s%s', async (verb, group, resource) => {
  const [kind = '', subresource = ''] = resource.split('/');
  const resourceAttributes = { namespace: 'default', verb, group, resource: kind, subresource };
  const user = 'system:serviceaccount:enbi:enbi-controller';
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups: ['system:serviceaccounts', 'system:authenticated'], resourceAttributes },
  };
  const answer = await cluster.kubectl(['create', '--filename=-', '--output=json'], JSON.stringify(review));
  expect(JSON.parse(answer)).toMatchObject({ status: { allowed: false } });
});

/** Name → digest of every image containerd has for the kubelet. */
async function imagesOnNode(): Promise<Map<string, string>> {
  const [, ...rows] = (await cluster.ctr('images', 'list')).trim().split('\n');
  return new Map(
    rows.map((row) => {
      const [name = '', , digest = ''] = row.split(/\s+/);
      return [name, digest];
    }),
  );
}

const firstEnbi = `
apiVersion: enbi.hrzn.ee/v1alpha1
kind: NixBuild
metadata:
  name: chog
spec:
  flakeUrl: git+https://git.example/chog?rev=f5d531170000000000000000000000000000abcd
  packageName: chog-docker.stream-layered
  system: aarch64-linux
  imageTag: git.example/talya/chog:f5d531170000000000000000000000000000abcd
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: chog
spec:
  replicas: 0
  selector:
    matchLabels: { app: chog }
  template:
    metadata:
      labels: { app: chog }
      annotations:
        enbi.hrzn.ee/nixbuild-flakeUrl: git+https://git.example/chog?rev=f5d531170000000000000000000000000000abcd
        enbi.hrzn.ee/nixbuild-packageName: chog-docker.stream-layered
        enbi.hrzn.ee/nixbuild-imageTag: git.example/talya/chog:f5d531170000000000000000000000000000abcd
    spec:
      containers:
        - name: chog
          image: git.example/talya/chog:f5d531170000000000000000000000000000abcd
`;
