import { afterAll, expect, test } from 'vitest';
import { reconfigure } from '../../support/controller.ts';
import { builderIdle, jobTtl } from '../../support/install-offline.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aNixBuild } from '../support/manifests.ts';
import type { Tenant } from '../support/tenant.ts';

const cluster = await clusterUnderTest();
await reconfigure(cluster.kubectl, [`${builderIdle}=20`, `${jobTtl}=300`]);
afterAll(() => reconfigure(cluster.kubectl, [`${builderIdle}=0`, `${jobTtl}=0`]));

async function ask(of: Tenant, version: string, repository = 'hello', packageName = 'default'): Promise<string> {
  const imageTag = of.image(`${repository}-${packageName.toLowerCase()}`, version);
  const name = `${repository}-${packageName.toLowerCase()}-${version}`.replaceAll('.', '-');
  await of.apply(aNixBuild({ name, flakeUrl: cluster.flakeAt(repository, version), packageName, imageTag }));
  return imageTag;
}

test('builds of one namespace are done by one Pod, one after the other, which ends when it is idle', async () => {
  const tenant = await cluster.tenant('builders');
  const first = (await tenant.succeeded(await ask(tenant, '1.0.0'))).status;
  const second = (await tenant.succeeded(await ask(tenant, '1.1.0'))).status;
  expect([second.buildJobName, second.attempts]).toEqual([first.buildJobName, 1]);
  const job = first.buildJobName ?? '';
  const log = await tenant.kubectl(['logs', `job/${job}`, '--container=build']);
  expect(log.match(/^\[enbi\] build begins: order /gm)).toHaveLength(2);
  await tenant.waitFor('it ends', async () => {
    const text = await tenant.kubectl(['get', 'job', job, '--output=jsonpath={.status.succeeded}']);
    return text === '1' ? true : undefined;
  });
  expect(await tenant.kubectl(['logs', `job/${job}`, '--container=build'])).toContain(log.slice(0, 200));
  expect((await tenant.succeeded(await ask(tenant, '1.0.0', 'surroundings'))).status.buildJobName).not.toBe(job);
});

test('a build that fails in a Pod of others ends it, and that Pod stays to be looked at', async () => {
  const tenant = await cluster.tenant('builder-fails');
  const { buildJobName } = (await tenant.succeeded(await ask(tenant, '1.0.0'))).status;
  const { status } = await tenant.failed(await ask(tenant, '1.0.0', 'trouble', 'failing'));
  expect(status).toMatchObject({ buildJobName, attempts: 1, failure: { stage: 'Build', reason: 'BuilderFailed' } });
  expect((await tenant.succeeded(await ask(tenant, '1.1.0'))).status.buildJobName).not.toBe(buildJobName);
  expect(await tenant.kubectl(['logs', `job/${buildJobName ?? ''}`, '--container=build'])).toContain('BuilderFailed');
});
