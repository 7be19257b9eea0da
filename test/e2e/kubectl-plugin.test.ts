import { afterAll, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { installPlugin } from './support/plugin.ts';
import { enterTenant } from './support/tenant.ts';

const cluster = await clusterUnderTest();
const plugin = await installPlugin(cluster);
afterAll(() => plugin[Symbol.asyncDispose]());

test.concurrent('a build is asked for, followed to its success, and told to programs', async ({ expect }) => {
  await using tenant = await enterTenant(cluster.kubectl, 'plugin-build');
  const image = tenant.image('hello', '1.0.0');
  const args = ['build', cluster.flake('hello'), '--image', image];
  const first = await plugin.run(tenant.namespace, ...args);
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toMatch(/^NixBuild hello-1-0-0-\w+ in namespace \S+ was made\nPending/);
  expect(first.out).toContain(`attempt 1 on node ${cluster.node}`);
  expect(first.out).toContain(`Succeeded   ImageReady: ${image} is loaded on ${cluster.node}`);

  const again = await plugin.run(tenant.namespace, ...args, '--output=json');
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({
    phase: 'Succeeded',
    image,
    nodes: [cluster.node],
    system: 'x86_64-linux',
  });
});
