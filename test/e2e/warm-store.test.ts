import { test } from 'vitest';
import { podAnnotation } from '../../src/api/labels.ts';
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

test.concurrent('what a Secret fetches has a store of its own, which its versions share', async ({
  expect,
  onTestFinished,
}) => {
  const tenant = await cluster.tenant('own', {}, onTestFinished);
  await tenant.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'creds' },
    stringData: { known_hosts: 'b' },
  });
  const build = async (repository: 'hello' | 'surroundings', tag: '1.0.0' | '1.1.0', secretName?: string) => {
    const name = `${repository}-${tag}-${secretName ?? 'open'}`;
    const imageTag = tenant.image(name, tag);
    const made = aNixBuild({ name, flakeUrl: cluster.flakeAt(repository, tag), imageTag });
    const annotations = secretName === undefined ? {} : { [podAnnotation.secretName]: secretName };
    await tenant.apply({ ...made, metadata: { name, annotations } });
    return (await tenant.succeeded(imageTag)).status;
  };
  const open = await build('hello', '1.0.0');
  const first = await build('hello', '1.0.0', 'creds');
  const second = await build('hello', '1.1.0', 'creds');
  const other = await build('surroundings', '1.0.0', 'creds');

  // Nothing of the same build without a Secret is there; all of the version before but what changed.
  expect(first.built).toMatchObject({ derivations: 5 });
  expect(second.built).toMatchObject({ derivations: 3, pathsCopied: 0, bytesCopied: 0 });
  expect([second.storeName, second.buildNode]).toEqual([first.storeName, first.buildNode]);
  expect(new Set([open, first, other].map(({ storeName }) => storeName)).size).toBe(3);
  const paths = (await storesOf(tenant.namespace)).map(({ status }) => status.path?.split('/').at(-1) ?? '');
  expect(paths.toSorted()).toEqual([
    tenant.namespace,
    expect.stringMatching(/^[a-z0-9-]+\.[0-9a-f]{32}$/),
    expect.stringMatching(/^[a-z0-9-]+\.[0-9a-f]{32}$/),
  ]);
});

async function storesOf(namespace: string) {
  const stores = listOf(NixStore, await cluster.kubectl(['get', 'nixstores', '--output=json']));
  return stores.filter(({ spec }) => spec.tenant === namespace);
}

async function storeOf(namespace: string) {
  return (await storesOf(namespace))[0];
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
