import { test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aPod } from './support/manifests.ts';

const cluster = await clusterUnderTest();

test.concurrent('a stream script is read, not run, also where the package is an archive of it, and its next version costs what is new', async ({
  expect,
  onTestFinished,
}) => {
  const tenant = await cluster.tenant('layered', {}, onTestFinished);
  const versionOn = async (name: string, tag: '1.0.0' | '1.1.0', packageName = 'default') => {
    const image = tenant.image(`layered-${packageName}`, tag);
    await tenant.apply(aPod({ name, image, flakeUrl: cluster.flakeAt('layered', tag), packageName }));
    await tenant.ready(name);
    const { status } = await tenant.succeeded(image);
    const shown = await tenant.kubectl(['exec', name, '--', 'sh', '-c', 'cat "$PAGE/version"']);
    return { built: status.built, outFormat: status.outFormat, shown };
  };

  const first = await versionOn('first', '1.0.0');
  expect(first).toMatchObject({ outFormat: 'script', built: { script: 'read' } });
  expect(first.shown).toMatch(/^1\.0\.0-/);
  const second = await versionOn('second', '1.1.0');
  expect(second).toMatchObject({ outFormat: 'script', built: { script: 'read', layersSent: 1 } });
  expect(second.shown).toMatch(/^1\.1\.0-/);
  // Twice, once for its digest; of the program, which is over a megabyte, nothing.
  expect(second.built?.bytesRead).toBeLessThan(10_000);

  // The same as a compressed archive, which nobody makes: its script would fail.
  const archive = await versionOn('archive', '1.1.0', 'archive');
  expect(archive).toMatchObject({
    outFormat: 'script',
    built: { archive: 'skipped', script: 'read', derivations: 0, layersSent: 0 },
  });
  expect(archive.shown).toBe(second.shown);
});
