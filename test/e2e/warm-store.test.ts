import { expect, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aNixBuild } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test('a second version builds and loads only what is new', async () => {
  const tenant = await cluster.tenant('warm');
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
});
