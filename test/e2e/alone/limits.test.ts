import { afterAll, describe, test } from 'vitest';
import { reconfigure } from '../../support/controller.ts';
import { jobTtl } from '../../support/install-offline.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { heldInBuild, holdable } from '../support/held.ts';
import { aNixBuild } from '../support/manifests.ts';
import type { Tenant } from '../support/tenant.ts';

const cluster = await clusterUnderTest();
const flakeUrl = cluster.flakeAt('trouble', '1.0.0');
const limits = { ENBI_BUILD_TIMEOUT: '12', ENBI_BUILD_MAX_SILENT: '6', ENBI_BUILD_MEMORY_LIMIT: '600Mi' };

const tenant = await cluster.tenantOfFile('limits', holdable);

afterAll(async () => {
  await reconfigure(cluster.kubectl, [...Object.keys(limits).map((name) => `${name}-`), `${jobTtl}=0`]);
});

async function ask(of: Tenant, packageName: string): Promise<string> {
  const name = packageName.replace('.', '-');
  const imageTag = of.image(name, '1.0.0');
  await of.apply(aNixBuild({ name, flakeUrl, packageName, imageTag }));
  return imageTag;
}

test('an upgrade of enbi leaves a build that is under way alone', async ({ expect, onTestFinished }) => {
  const jobs = cluster.recordJobs(tenant, onTestFinished);
  const image = await ask(tenant, 'held.controller-replaced');
  const held = await heldInBuild(tenant, image);
  await reconfigure(
    cluster.kubectl,
    Object.entries({ ...limits, [jobTtl]: '12' }).map(([name, value]) => `${name}=${value}`),
  );
  await held.release();
  const { status } = await tenant.succeeded(image);
  expect(status).toMatchObject({ attempts: 1, buildJobName: held.job });
  expect(jobs.names('build')).toHaveLength(1);
  // Of the new settings: its log can be read for a while, and the Job is not there for ever.
  expect(await tenant.kubectl(['logs', `job/${held.job}`, '--container=build'])).toContain('[enbi] report: ');
  await tenant.waitFor('its Job and Pod are gone', async () => {
    const left = [...(await tenant.jobs()), ...(await tenant.pods())].map(({ metadata }) => metadata.name);
    return left.some((name) => name.startsWith(held.job)) ? undefined : true;
  });
});

describe('a build that goes beyond its limits', () => {
  test.concurrent.for([
    ['evaluates without end', 'endless', 'evaluating', undefined],
    ['builds without end', 'ticking', '12 seconds', 'tick'],
    ['is silent for too long', 'silent', '6 seconds', 'started'],
  ] as const)('and %s ends for good', async ([, name, message, logTail], { expect }) => {
    const { status } = await tenant.failed(await ask(tenant, name));
    expect(status.failure).toMatchObject({
      stage: 'Build',
      reason: 'BuildTimedOut',
      message: expect.stringContaining(message),
      reproduce: expect.stringContaining(`#packages.x86_64-linux.${name}'`),
    });
    if (logTail !== undefined) {
      expect(status.failure.logTail).toContain(logTail);
      expect(status.failure.derivation).toContain(`-${name}.drv`);
    }
    expect(status.attempts).toBe(1);
  });

  test.concurrent('of memory is tried again', async ({ expect }) => {
    const { status } = await retrying(tenant, await ask(tenant, 'hungry'));
    expect(status).toMatchObject({ attempts: 1, failure: { stage: 'Build', reason: 'OutOfMemory' } });
    expect(status.failure?.message).toMatch(/memory/);
  });

  test.concurrent('of the disk is tried again, and ends when there is room', async ({ expect, onTestFinished }) => {
    const full = await cluster.tenant('full', {}, onTestFinished);
    const store = `/var/lib/enbi/stores/${full.namespace}`;
    await cluster.onNode('mkdir', '--parents', store);
    await cluster.onNode('mount', '--types', 'tmpfs', '--options', 'size=64m,mode=755', 'small', store);
    onTestFinished(async () => void (await cluster.onNode('umount', '--lazy', store)));
    // One that runs sees nothing of what is mounted after its start.
    await cluster.kubectl(['--namespace=enbi', 'delete', 'jobs', '--selector=app.kubernetes.io/component=agent']);
    const image = await ask(full, 'bulky');
    const { status } = await retrying(full, image);
    expect(status).toMatchObject({ attempts: 1, failure: { stage: 'Build', reason: 'DiskFull' } });
    await cluster.onNode('mount', '--options', 'remount,size=600m', store);
    expect((await full.succeeded(image)).status).toMatchObject({ attempts: 2 });
  });
});

/** The build when its first attempt has failed and the next one has its time. */
async function retrying(of: Tenant, image: string) {
  return await of.waitFor(`${image} waits for another attempt`, async () => {
    const build = (await of.builds()).find(({ spec }) => spec.imageTag === image);
    if (build?.status.status === 'Failed') throw new Error(JSON.stringify(build.status.failure));
    return build?.status.nextAttemptTime === undefined ? undefined : build;
  });
}
