import { apiVersion } from '../../../src/api/labels.ts';
import { resource } from '../../../src/cluster-view/resources.ts';
import type { KubeClient } from '../../../src/runtime/kube-client.ts';
import { failingStatus, imageOf } from '../scale/objects.ts';
import { numbers, seedAskingPods } from '../scale/seed.ts';
import { namespaceName, type Size } from '../scale/size.ts';

const group = 'bare';

/**
 * What a build asks of the API server between its Pod's failure and its Job, without a controller that decides anything: how long
 * that takes, for each image.
 */
export async function bareWaits(client: KubeClient, size: Size): Promise<readonly number[]> {
  await seedAskingPods(client, group, size);
  const waits: number[] = [];
  for (const image of numbers(size.images)) {
    const startedAt = performance.now();
    await bareBuild(client, { image, namespace: namespaceName(image % size.namespaces) });
    waits.push(performance.now() - startedAt);
  }
  return waits;
}

interface Bare {
  readonly image: number;
  readonly namespace: string;
}

async function bareBuild(client: KubeClient, { image, namespace }: Bare): Promise<void> {
  const imageTag = imageOf(group, image);
  const pod = { namespace, name: `${group}-${image}-0` };
  await client.patch(resource.pods, pod, failingStatus(imageTag), { subresource: 'status' });
  const name = `${group}-${image}`;
  const spec = { flakeUrl: `git+https://git.example/${name}`, system: 'x86_64-linux', imageTag };
  await client.create(resource.builds, namespace, {
    apiVersion,
    kind: 'NixBuild',
    metadata: { name, namespace },
    spec,
  });
  const status = { status: 'Pending', buildNode: 'none' };
  await client.patch(resource.builds, { namespace, name }, { status }, { subresource: 'status' });
  await client.create(resource.jobs, namespace, aJob(name, namespace));
}

/** Suspended, should anything run Jobs here. */
function aJob(name: string, namespace: string): object {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'build', image: 'enbi.test/enbi:1' }] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace }, spec: { suspend: true, template } };
}
