import { test } from 'vitest';
import { listOf, NixStore } from '../support/objects.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aNixBuild } from './support/manifests.ts';
import { waitFor } from './support/wait-for.ts';

const cluster = await clusterUnderTest();

test.concurrent('a second version builds and loads only what is new', async ({ expect, onTestFinished }) => {
  const tenant = await cluster.tenant('warm', {}, onTestFinished);
  const build = async (tag: '1.0.0' | '1.1.0') => {
    const imageTag = tenant.image('hello', tag);
    await tenant.apply(aNixBuild({ name: `hello-${tag}`, flakeUrl: cluster.flakeAt('fresh', tag), imageTag }));
    return (await tenant.succeeded(imageTag)).status;
  };
  const [first, second] = [await build('1.0.0'), await build('1.1.0')];

  // Program, page, a layer of each, the image; then all of it but the program and its layer.
  expect(first.built).toMatchObject({ derivations: 5, layersSent: 2 });
  expect(second.built).toMatchObject({ derivations: 3, layersSent: 1, pathsCopied: 0, bytesCopied: 0 });
  expect(second.built?.bytesSent).toBeLessThan((first.built?.bytesSent ?? 0) / 10);
  expect(second.storeName).toBe(first.storeName);
  // Nobody else on the node gets to what is in it.
  const modes = await cluster.onNode('stat', '--format=%U %a', '/var/lib/enbi', '/var/lib/enbi/stores');
  expect(modes.trim().split('\n')).toEqual(['root 700', 'root 700']);
});

async function storeOf(namespace: string) {
  const stores = listOf(NixStore, await cluster.kubectl(['get', 'nixstores', '--output=json']));
  return stores.find(({ spec }) => spec.tenant === namespace);
}

test.concurrent('a namespace leaves no store behind, not even to one of its name', async ({
  expect,
  onTestFinished,
}) => {
  const tenant = await cluster.tenant('passing', {}, onTestFinished);
  const { namespace } = tenant;
  const build = async (name: string) => {
    const imageTag = tenant.image(name, '1.0.0');
    await tenant.apply(aNixBuild({ name, flakeUrl: cluster.flakeAt('hello', '1.0.0'), imageTag }));
    return await tenant.succeeded(imageTag);
  };
  const first = await build('first');
  const firstStore = await storeOf(namespace);
  expect(firstStore?.status.ready).toBe('True');

  await cluster.kubectl(['delete', 'namespace', namespace]);
  await cluster.kubectl(['create', 'namespace', namespace]);
  const second = await build('second');
  expect((await storeOf(namespace))?.metadata.uid).not.toBe(firstStore?.metadata.uid);
  // Nothing of the first was there to be used.
  expect(second.status.built?.derivations).toBe(first.status.built?.derivations);
  expect(second.status.built?.derivations).toBeGreaterThan(0);

  await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await waitFor('the store is gone', async () => ((await storeOf(namespace)) === undefined ? true : undefined));
  expect(await cluster.onNode('ls', '-A', '/var/lib/enbi/stores')).not.toContain(namespace);
});
