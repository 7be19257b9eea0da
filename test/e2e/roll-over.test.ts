import { expect, test } from 'vitest';
import { Pod } from '../support/objects.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aDeployment, aService, confined } from './support/manifests.ts';

const cluster = await clusterUnderTest();

/**
 * Asks for the version again and again, one line for each answer or failure; a failure ends nothing. A server that is gone refuses at once:
 * the time limit is for a machine that is slow.
 */
const client = 'while :; do wget -q -T 10 -O - "http://$0/version" || echo FAILED; done';

test('a tag that is changed in one place rolls over without a failed request', async () => {
  const tenant = await cluster.tenant('roll-over');
  const [before, after] = [tenant.image('hello', '1.0.0'), tenant.image('hello', '1.1.0')];
  const web = { name: 'web', image: before, ...confined, readinessProbe };
  const pod = { terminationGracePeriodSeconds: 10, containers: [web] };
  await tenant.apply(
    aDeployment({ name: 'web', image: before, flakeUrl: cluster.flake('hello'), replicas: 2, pod }),
    aService('web', 8080),
  );
  await tenant.ready('web', 2);

  const address = await tenant.kubectl(['get', 'service', 'web', '--output=jsonpath={.spec.clusterIP}']);
  const sh = ['--', 'sh', '-c', client, address];
  await tenant.kubectl(['run', 'client', `--image=${cluster.enbiImage}`, '--restart=Never', '--command', ...sh]);
  const answers = async () => (await tenant.kubectl(['logs', 'client'])).trim().split('\n');
  await tenant.waitFor('the client is answered', async () => ((await answers()).includes('1.0.0') ? true : undefined));

  await tenant.kubectl(['set', 'image', 'deployment/web', `web=${after}`]);
  await tenant.succeeded(after);
  await tenant.kubectl(['rollout', 'status', 'deployment/web', '--timeout=90s']);
  await tenant.waitFor('the old Pods are gone', async () => {
    const images = (await tenant.pods()).flatMap(({ spec }: Pod) =>
      spec.containers.map((container) => container.image),
    );
    return images.includes(before) ? undefined : true;
  });

  const given = await answers();
  expect(given.filter((answer) => answer !== '1.0.0' && answer !== '1.1.0')).toEqual([]);
  expect(given.at(-1)).toBe('1.1.0');
  expect(given.length).toBeGreaterThan(50);
});

const readinessProbe = { httpGet: { path: '/version', port: 8080 }, periodSeconds: 1 };
