import { expect, test } from 'vitest';
import { listOf, NixStore, waitingContainers } from '../support/objects.ts';
import { importsOf } from './support/agents.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aDeployment, aPod, confined } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('ten replicas are one NixBuild and one build, and leave no Job behind', async () => {
  const tenant = await cluster.tenant('replicas');
  const jobs = cluster.recordJobs(tenant);
  const image = tenant.image('hello', '1.0.0');
  await tenant.apply(aDeployment({ name: 'hello', image, flakeUrl: cluster.flake('hello'), replicas: 10 }));
  await tenant.ready('hello', 10);

  const build = await tenant.succeeded(image);
  expect(await tenant.builds()).toHaveLength(1);
  expect(build.spec).toEqual({
    flakeUrl: cluster.flakeAt('hello', '1.0.0'),
    packageName: 'default',
    system: 'x86_64-linux',
    imageTag: image,
  });
  expect(build.status).toMatchObject({ attempts: 1, nodes: [cluster.node], buildNode: cluster.node });
  expect(build.status.lockedUrl).toMatch(/rev=[0-9a-f]{40}/);
  expect(build.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));

  await tenant.waitFor('the Jobs are removed', async () => ((await tenant.jobs()).length === 0 ? true : undefined));
  expect(jobs.names('build')).toHaveLength(1);
  expect(await importsOf(cluster, build)).toHaveLength(1);
  expect(await tenant.builds()).toHaveLength(1);

  const stores = listOf(NixStore, await cluster.kubectl(['get', 'nixstores', '--output=json']));
  const store = stores.find(({ spec }) => spec.tenant === tenant.namespace);
  expect(store?.status).toMatchObject({ ready: 'True' });
  expect(store?.status.sizeBytes).toBeGreaterThan(1_000_000);
  expect(store?.status.freeBytes).toBeGreaterThan(0);
});

test('each container of a Pod has a flake of its own, the init container too', async () => {
  const tenant = await cluster.tenant('containers');
  const [prepare, web, side] = [
    tenant.image('prepare', '1.0.0'),
    tenant.image('web', '1.1.0'),
    tenant.image('side', '1.0.0'),
  ];
  const own = (container: string, repository: string, packageName: string) => ({
    [`enbi.hrzn.ee/nixbuild-flakeUrl.${container}`]: cluster.flake(repository),
    [`enbi.hrzn.ee/nixbuild-packageName.${container}`]: packageName,
  });
  const pod = aPod({
    name: 'three',
    image: web,
    flakeUrl: cluster.flake('hello'),
    pod: {
      initContainers: [{ name: 'prepare', image: prepare, command: ['/bin/cat', '/www/version'], ...confined }],
      containers: [
        { name: 'web', image: web, ...confined },
        { name: 'side', image: side, command: ['/bin/busybox', 'sleep', '3600'], ...confined },
      ],
    },
  }) as { metadata: { annotations: object } };
  Object.assign(
    pod.metadata.annotations,
    own('prepare', 'hello', 'oci-layout'),
    own('side', 'surroundings', 'default'),
  );
  await tenant.apply(pod);
  await tenant.ready('three');

  const built = (await tenant.builds()).map(({ spec }) => [spec.imageTag, [spec.flakeUrl, spec.packageName]]);
  expect(Object.fromEntries(built)).toEqual({
    [prepare]: [cluster.flakeAt('hello', '1.0.0'), 'oci-layout'],
    [side]: [cluster.flakeAt('surroundings', '1.0.0'), 'default'],
    [web]: [cluster.flakeAt('hello', '1.1.0'), 'default'],
  });
  expect(built).toHaveLength(3);
  expect(await tenant.kubectl(['logs', 'three', '--container=prepare'])).toBe('1.0.0\n');
  expect(await tenant.kubectl(['exec', 'three', '--container=web', '--', 'cat', '/www/version'])).toBe('1.1.0\n');
});

test('nothing is built for a Pod without annotations', async () => {
  const tenant = await cluster.tenant('plain');
  const image = tenant.image('hello', '1.0.0');
  const plain = { name: 'plain', image: tenant.image('plain', '1.0.0'), ...confined };
  await tenant.apply(
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain' }, spec: { ...restricted, containers: [plain] } },
    aPod({ name: 'hello', image, flakeUrl: cluster.flake('hello') }),
  );
  await tenant.ready('hello');
  await tenant.waitFor('the kubelet says that the other image is missing', async () => {
    const pod = (await tenant.pods()).find(({ metadata }) => metadata.name === 'plain');
    return pod !== undefined && /ErrImagePull|ImagePullBackOff/.test(waitingContainers(pod).join()) ? true : undefined;
  });
  expect((await tenant.builds()).map(({ spec }) => spec.imageTag)).toEqual([image]);
  expect((await tenant.events('Pod', 'plain')).filter(({ reason }) => reason === 'BuildRequested')).toEqual([]);
});

const restricted = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
};
