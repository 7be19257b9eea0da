import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aPod } from '../support/manifests.ts';

const cluster = await clusterUnderTest();
const { kubectl, otherNode } = cluster;
const file = '/run/enbi-cluster/node/kubelet.yaml';
let before: string;

// A kubelet that trusts no image it did not pull itself, but for those that the node was delivered with.
beforeAll(async () => {
  before = await cluster.on(otherNode, 'cat', file);
  await configureKubelet(
    stringify({
      ...parse(before),
      imagePullCredentialsVerificationPolicy: 'NeverVerifyAllowlistedImages',
      preloadedImagesVerificationAllowlist: [
        cluster.enbiImage.replace(/:[^:]*$/, ''),
        'localhost/enbi-cluster/sandbox',
      ],
    }),
  );
  await kubectl(['uncordon', otherNode]);
});
afterAll(async () => {
  await kubectl(['cordon', otherNode]);
  await configureKubelet(before);
});

test('a kubelet that refuses the image is told about once, with the remedy', async () => {
  const tenant = await cluster.tenant('refused');
  const image = tenant.image('hello', '1.0.0');
  const pod = { nodeSelector: { 'kubernetes.io/hostname': otherNode } };
  await tenant.apply(aPod({ name: 'refused', image, flakeUrl: cluster.flake('hello'), pod }));
  await tenant.succeeded(image);
  const refused = await tenant.waitFor('the refusal is told', async () =>
    (await tenant.builds()).find(({ status }) =>
      status.conditions?.some(({ reason }) => reason === 'KubeletRefusesLocalImage'),
    ),
  );
  const ready = refused.status.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'False', reason: 'KubeletRefusesLocalImage' });
  expect(ready?.message).toContain('imagePullCredentialsVerificationPolicy');
  const told = await tenant.events('NixBuild', refused.metadata.name);
  expect(told.filter(({ reason }) => reason === 'KubeletRefusesLocalImage')).toHaveLength(1);
  // Never a loop: the image is there, so nothing is built or loaded again.
  expect(refused.status).toMatchObject({ status: 'Succeeded', attempts: 1 });

  await configureKubelet(before);
  await tenant.ready('refused');
  await tenant.waitFor('all is well again', async () =>
    (await tenant.builds()).find(({ status }) =>
      status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    ),
  );
});

/** The kubelet reads its configuration when it starts; the node starts it again when it ends. */
async function configureKubelet(configuration: string): Promise<void> {
  const script = `printf '%s' "$1" > ${file}; kill $(pidof kubelet)`;
  await cluster.on(otherNode, 'sh', '-euc', script, 'sh', configuration);
}
