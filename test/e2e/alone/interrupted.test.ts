import { test } from 'vitest';
import { leaderOf } from '../../support/controller.ts';
import type { NixBuild } from '../../support/objects.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { type Held, heldInBuild, heldInImport, holdable } from '../support/held.ts';
import { aNixBuild } from '../support/manifests.ts';
import type { Tenant } from '../support/tenant.ts';

const cluster = await clusterUnderTest();
const flakeUrl = cluster.flakeAt('trouble', '1.0.0');

const tenant = await cluster.tenantOfFile('interrupted', holdable);

/** Asks for a build by hand; `held.x` gives the image x. */
async function ask(of: Tenant, packageName: string): Promise<string> {
  const name = packageName.replace('.', '-');
  const imageTag = of.image(name, '1.0.0');
  await of.apply(aNixBuild({ name, flakeUrl, packageName, imageTag }));
  return imageTag;
}

const heldImport = (of: Tenant, image: string, packageName: string) =>
  heldInImport(cluster, of, { image, packageName });

/** What happens to the build Job or its Pod in mid-build. */
const losses: readonly (readonly [
  what: string,
  name: string,
  reason: string,
  lose: (held: Held) => Promise<unknown>,
])[] = [
  ['its Pod is deleted', 'pod-deleted', 'PodLost', async ({ job }) => await deletePod(job)],
  ['its Pod is evicted', 'pod-evicted', 'PodLost', async ({ job }) => await evictPod(job)],
  [
    'its Job is deleted',
    'job-deleted',
    'JobDeleted',
    async ({ job }) => await tenant.kubectl(['delete', 'job', job, '--wait=false']),
  ],
];

test.concurrent.for(losses)('a build goes on by itself when %s', async ([, name, reason, lose], { expect }) => {
  const image = await ask(tenant, `held.${name}`);
  const first = await heldInBuild(tenant, image);
  await lose(first);
  const { status } = await tenant.waitFor('the loss is noticed', async () =>
    (await tenant.builds()).find(({ spec, status }) => spec.imageTag === image && status.failure !== undefined),
  );
  expect(status).toMatchObject({ status: 'Pending', attempts: 1, failure: { stage: 'Build', reason } });
  const wait = Date.parse(status.nextAttemptTime ?? '') - Date.now();
  expect(wait).toBeGreaterThan(2000);
  expect(wait).toBeLessThanOrEqual(10_000);

  const second = await heldInBuild(tenant, image, 2);
  expect(second.job).not.toBe(first.job);
  await second.release();
  const done = await tenant.succeeded(image);
  expect(done.status).toMatchObject({ attempts: 2 });
  expect(done.status.failure).toBeUndefined();
  await nothingIsLeft(done);
});

test.concurrent('a NixBuild that is deleted in mid-build takes all with it', async () => {
  const { build } = await heldInBuild(tenant, await ask(tenant, 'held.build-deleted'));
  await tenant.kubectl(['delete', 'nixbuild', build.metadata.name]);
  await nothingIsLeft(build);
});

test.concurrent('and one that is deleted in mid-import too', async () => {
  const packageName = 'held-import.build-deleted';
  const { build } = await heldImport(tenant, await ask(tenant, packageName), packageName);
  await tenant.kubectl(['delete', 'nixbuild', build.metadata.name]);
  await nothingIsLeft(build);
});

test.concurrent('a namespace that is deleted in mid-build and mid-import goes', async ({ onTestFinished }) => {
  const leaving = await cluster.tenant('leaving', holdable, onTestFinished);
  const packageName = 'held-import.namespace-deleted';
  const [building, importing] = await Promise.all([
    ask(leaving, 'held.namespace-deleted').then((image) => heldInBuild(leaving, image)),
    ask(leaving, packageName).then((image) => heldImport(leaving, image, packageName)),
  ]);
  await cluster.kubectl(['delete', 'namespace', leaving.namespace, '--timeout=60s']);
  await nothingIsLeft(building.build);
  await nothingIsLeft(importing.build);
});

test.concurrent('a controller killed in mid-build and mid-import goes on where it was', async (context) => {
  const { expect, onTestFinished } = context;
  const jobs = cluster.recordJobs(tenant, onTestFinished);
  const packageName = 'held-import.controller-killed';
  const images = await Promise.all([ask(tenant, 'held.controller-killed'), ask(tenant, packageName)]);
  const held = await Promise.all([heldInBuild(tenant, images[0]), heldImport(tenant, images[1], packageName)]);
  await killController();
  await Promise.all(held.map(({ release }) => release()));
  const done = await Promise.all(images.map((image) => tenant.succeeded(image)));
  for (const { metadata, status } of done) {
    expect(status).toMatchObject({ attempts: 1 });
    for (const component of ['build', 'import'] as const)
      expect(jobs.names(component).filter((job) => job.startsWith(`${metadata.name}-`))).toHaveLength(1);
  }
  for (const build of done) await nothingIsLeft(build);
});

async function podOf(job: string): Promise<string> {
  return await tenant.kubectl([
    'get',
    'pods',
    `--selector=job-name=${job}`,
    '-o',
    'jsonpath={.items[0].metadata.name}',
  ]);
}

async function deletePod(job: string): Promise<void> {
  await tenant.kubectl(['delete', 'pod', await podOf(job), '--wait=false']);
}

/** As `kubectl drain` does it. */
async function evictPod(job: string): Promise<void> {
  const [name, { namespace }] = [await podOf(job), tenant];
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  await cluster.kubectl(['create', '--raw', path, '--filename=-'], JSON.stringify(eviction));
}

/** SIGKILL of the one that works, from one moment to the next; returns when it, or the other, works on. */
async function killController(): Promise<void> {
  const acquired = ['--namespace=enbi', 'get', 'lease', 'enbi-controller', '-o', 'jsonpath={.spec.acquireTime}'];
  const before = await cluster.kubectl(acquired);
  const pod = ['--namespace=enbi', 'get', 'pod', (await leaderOf(cluster.kubectl)) ?? '', '-o'];
  const status = async (field: string) => await cluster.kubectl([...pod, `jsonpath={.${field}}`]);
  const container = (await status('status.containerStatuses[0].containerID')).replace('containerd://', '');
  const node = await status('spec.nodeName');
  await cluster.on(node, 'ctr', '--namespace=k8s.io', 'tasks', 'kill', '--signal=SIGKILL', container);
  await tenant.waitFor('a controller works again', async () =>
    (await cluster.kubectl(acquired)) === before ? undefined : true,
  );
}

/** No Job of this build, nor a Pod of one, in either namespace. */
async function nothingIsLeft({ metadata, status }: NixBuild): Promise<void> {
  const owner = `enbi.hrzn.ee/build-uid=${metadata.uid}`;
  await tenant.waitFor(`nothing is left of ${metadata.name}`, async () => {
    const found = await cluster.kubectl(['get', 'jobs,pods', '--all-namespaces', `--selector=${owner}`, '-o', 'name']);
    if (found === '') return true;
    throw new Error(`${status.buildJobName}: ${found}`);
  });
}

test('containerd that is restarted in mid-import gets the image all the same', async ({ expect }) => {
  const image = await ask(tenant, 'large');
  await cluster.onNode('timeout', '120', 'sh', '-euc', restartContainerdWhileALayerArrives);
  const done = await tenant.succeeded(image);
  expect(done.status.failure).toBeUndefined();
  // Every blob is there, and no lease keeps what an import left lying.
  expect(await cluster.ctr('images', 'check', `name==${image}`)).toMatch(/ complete /);
  await nothingIsLeft(done);
});

/** The importer stands still meanwhile: however fast the machine, its layer is under way when containerd ends. */
const restartContainerdWhileALayerArrives = `
  ingest=/var/lib/containerd/io.containerd.content.v1.content/ingest
  until [ -n "$(find "$ingest" -name data -size +1M)" ]; do sleep 0.01; done
  importer=$(pgrep -f '^/usr/bin/node .* import$')
  kill -STOP $importer
  kill -KILL $(pidof containerd)
  until ctr version >/dev/null 2>&1; do sleep 0.1; done
  kill -CONT $importer
`;
