import { beforeAll, expect, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aPod } from './support/manifests.ts';

const formats = [
  ['default', 'archive'],
  ['docker-archive-gzip', 'archive'],
  ['oci-archive', 'archive'],
  ['oci-layout', 'directory'],
  ['stream', 'script'],
] as const;

const cluster = await clusterUnderTest();
const tenant = await cluster.tenantOfFile('formats');

// All at once, since each is small: the tests then look at one Pod each.
beforeAll(async () => {
  const pods = formats.map(([packageName]) =>
    aPod({
      name: packageName,
      image: tenant.image(packageName, '1.0.0'),
      flakeUrl: cluster.flake('hello'),
      packageName,
    }),
  );
  await tenant.apply(...pods);
});

test.each(formats)('a Pod of package %s runs', async (packageName, outFormat) => {
  await tenant.ready(packageName);
  const { status } = await tenant.succeeded(tenant.image(packageName, '1.0.0'));
  expect(status).toMatchObject({ outFormat, attempts: 1 });
  // Of a kind that enbi does not know, so the build ran it.
  expect(status.built?.script).toBe(outFormat === 'script' ? 'run' : undefined);
  expect(await tenant.kubectl(['exec', packageName, '--', 'cat', '/www/version'])).toBe('1.0.0\n');
});
