import { expect, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aPod } from './support/manifests.ts';
import type { TenantOptions } from './support/tenant.ts';

const cluster = await clusterUnderTest();

/** Builds a page of what the build saw around it, and reads it in the Pod that then runs. */
async function buildLooksAround(name: string, options: TenantOptions) {
  const tenant = await cluster.tenant(name, options);
  const image = tenant.image('surroundings', '1.0.0');
  await tenant.apply(aPod({ name: 'page', image, flakeUrl: cluster.flake('surroundings') }));
  await tenant.ready('page');
  const page = await tenant.kubectl(['exec', 'page', '--', 'cat', '/www/surroundings']);
  const { status } = await tenant.succeeded(image);
  return { isolation: status.isolation, ...surroundings(page) };
}

function surroundings(page: string): { interfaces: string[]; uids: string; root: string[] } {
  const part = (name: string) => page.split(`== ${name}\n`)[1]?.split('== ')[0]?.trim() ?? '';
  return {
    interfaces: [...part('net/dev').matchAll(/^\s*(\S+):/gm)].map(([, name = '']) => name).toSorted(),
    uids: part('self/uid_map').replaceAll(/\s+/g, ' '),
    root: part('root').split('\n'),
  };
}

test('where the namespace allows it, the build runs in Nix’ own sandbox', async () => {
  const seen = await buildLooksAround('sandboxed', {});
  expect(seen).toMatchObject({ isolation: 'Sandboxed', interfaces: ['lo'] });
  expect(seen.root).not.toContain('enbi');
  expect(seen.root).toContain('build');
  // One user, mapped: Nix' sandbox has a user namespace of its own inside the Pod's.
  expect(seen.uids).toMatch(/ 1$/);
});

test('in a namespace with Pod Security level restricted, the build does without', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const seen = await buildLooksAround('restricted', { labels });
  expect(seen).toMatchObject({ isolation: 'Unprivileged', interfaces: ['eth0', 'lo'] });
  expect(seen.root).toContain('enbi');
});

test('a namespace may ask for less isolation than its node offers', async () => {
  const seen = await buildLooksAround('unprivileged', { annotations: { 'enbi.hrzn.ee/isolation': 'Unprivileged' } });
  expect(seen).toMatchObject({ isolation: 'Unprivileged', interfaces: ['eth0', 'lo'] });
});
