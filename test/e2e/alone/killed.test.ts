import { test } from 'vitest';
import { leaderOf } from '../../support/controller.ts';
import { importsOf } from '../support/agents.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { heldInBuild, heldInImport, holdable } from '../support/held.ts';
import { aNixBuild } from '../support/manifests.ts';
import { nothingIsLeft } from '../support/nothing-is-left.ts';

const cluster = await clusterUnderTest();
const flakeUrl = cluster.flakeAt('trouble', '1.0.0');

const tenant = await cluster.tenantOfFile('killed', holdable);

/** Asks for a build by hand; `held.x` gives the image x. */
async function ask(packageName: string): Promise<string> {
  const name = packageName.replace('.', '-');
  const imageTag = tenant.image(name, '1.0.0');
  await tenant.apply(aNixBuild({ name, flakeUrl, packageName, imageTag }));
  return imageTag;
}

test('a controller killed in mid-build and mid-import goes on where it was', async (context) => {
  const { expect, onTestFinished } = context;
  const jobs = cluster.recordJobs(tenant, onTestFinished);
  const images = await Promise.all([ask('held.controller-killed'), ask('held-import.controller-killed')]);
  const held = await Promise.all([heldInBuild(tenant, images[0]), heldInImport(cluster, tenant, images[1])]);
  await killController();
  await Promise.all(held.map(({ release }) => release()));
  const done = await Promise.all(images.map((image) => tenant.succeeded(image)));
  for (const { metadata, status } of done) {
    expect(status).toMatchObject({ attempts: 1 });
    expect(jobs.names('build').filter((job) => job.startsWith(`${metadata.name}-`))).toHaveLength(1);
  }
  for (const build of done) expect(await importsOf(cluster, build)).toHaveLength(1);
  for (const build of done) await nothingIsLeft(cluster, tenant, build);
});

test('containerd that is restarted in mid-import gets the image all the same', async ({ expect }) => {
  const image = await ask('large');
  await cluster.onNode('timeout', '120', 'sh', '-euc', restartContainerdWhileALayerArrives);
  const done = await tenant.succeeded(image);
  expect(done.status.failure).toBeUndefined();
  // Every blob is there, and no lease keeps what an import left lying.
  expect(await cluster.ctr('images', 'check', `name==${image}`)).toMatch(/ complete /);
  await nothingIsLeft(cluster, tenant, done);
});

/** All processes of the agent stand still meanwhile: however fast the machine, its layer is under way when containerd ends. */
const restartContainerdWhileALayerArrives = `
  ingest=/var/lib/containerd/io.containerd.content.v1.content/ingest
  until [ -n "$(find "$ingest" -name data -size +1M)" ]; do sleep 0.01; done
  importers=$(pgrep -f '^/usr/bin/node .* agent-child$')
  kill -STOP $importers
  kill -KILL $(pidof containerd)
  until ctr version >/dev/null 2>&1; do sleep 0.1; done
  kill -CONT $importers
`;

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
