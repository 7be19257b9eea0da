import { test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { type Held, heldInBuild, heldInImport, holdable } from './support/held.ts';
import { aNixBuild } from './support/manifests.ts';
import { nothingIsLeft } from './support/nothing-is-left.ts';
import type { Tenant } from './support/tenant.ts';

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
  const lostAt = Date.now();
  await lose(first);
  const { status } = await tenant.waitFor('the loss is noticed', async () =>
    (await tenant.builds()).find(({ spec, status }) => spec.imageTag === image && status.failure !== undefined),
  );
  expect(status).toMatchObject({ status: 'Pending', attempts: 1, failure: { stage: 'Build', reason } });
  const nextAt = Date.parse(status.nextAttemptTime ?? '');
  expect(nextAt - lostAt).toBeGreaterThan(2000);
  expect(nextAt - Date.now()).toBeLessThanOrEqual(10_000);

  const second = await heldInBuild(tenant, image, 2);
  expect(second.job).not.toBe(first.job);
  await second.release();
  const done = await tenant.succeeded(image);
  expect(done.status).toMatchObject({ attempts: 2 });
  expect(done.status.failure).toBeUndefined();
  await nothingIsLeft(cluster, tenant, done);
});

test.concurrent('a NixBuild that is deleted in mid-build takes all with it', async () => {
  const { build } = await heldInBuild(tenant, await ask(tenant, 'held.build-deleted'));
  await tenant.kubectl(['delete', 'nixbuild', build.metadata.name]);
  await nothingIsLeft(cluster, tenant, build);
});

test.concurrent('and one that is deleted in mid-import too', async () => {
  const { build, pid } = await heldInImport(cluster, tenant, await ask(tenant, 'held-import.build-deleted'));
  await tenant.kubectl(['delete', 'nixbuild', build.metadata.name]);
  await nothingIsLeft(cluster, tenant, build);
  await tenant.waitFor('its process is ended', async () => await cluster.onNode('test', '!', '-e', `/proc/${pid}`));
});

test.concurrent('a namespace that is deleted in mid-build and mid-import goes', async ({ onTestFinished }) => {
  const leaving = await cluster.tenant('leaving', holdable, onTestFinished);
  const [building, importing] = await Promise.all([
    ask(leaving, 'held.namespace-deleted').then((image) => heldInBuild(leaving, image)),
    ask(leaving, 'held-import.namespace-deleted').then((image) => heldInImport(cluster, leaving, image)),
  ]);
  await cluster.kubectl(['delete', 'namespace', leaving.namespace, '--timeout=60s']);
  await nothingIsLeft(cluster, tenant, building.build);
  await nothingIsLeft(cluster, tenant, importing.build);
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
