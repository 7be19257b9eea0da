import { setTimeout as sleep } from 'node:timers/promises';
import { apiVersion } from '../../../src/api/labels.ts';
import { storeLayout } from '../../../src/api/order.ts';
import { storeName } from '../../../src/cluster-view/names.ts';
import { projectNixStore } from '../../../src/cluster-view/objects.ts';
import { resource } from '../../../src/cluster-view/resources.ts';
import { claimOf, volumeOf } from '../../../src/controllers/stores/volume-manifests.ts';
import { TransientError } from '../../../src/errors.ts';
import { isAlreadyExists } from '../../../src/runtime/api-status.ts';
import type { KubeClient, ResourceType } from '../../../src/runtime/kube-client.ts';
import type { Manifest } from '../../../src/runtime/kube-object.ts';
import { aNode, aPod, askingPod, runningStatus } from './objects.ts';
import { namespaceName, nodeName, type Size } from './size.ts';

/** Everything but the Pods that wait. */
export async function seedCluster(client: KubeClient, size: Size, report: (line: string) => void): Promise<void> {
  report(`making ${size.nodes} nodes, ${size.pods} Pods and ${size.images} stores`);
  const namespaces = [...numbers(size.namespaces).map(namespaceName), 'enbi'];
  await sideBySide(namespaces, async (name) => void (await make(client, resource.namespaces, { metadata: { name } })));
  await sideBySide(numbers(size.nodes), async (index) => {
    const { metadata } = await make(client, resource.nodes, aNode(index));
    // Admission gives each new node a taint that the node controller would take away.
    await client.patch(resource.nodes, metadata, { spec: { taints: null } });
  });
  await sideBySide(numbers(size.images), async (index) => await makeStore(client, index, size));
  const others = size.pods - size.images * size.podsPerImage;
  await sideBySide(numbers(others), async (index) => {
    const pod = aPod(index, size);
    const { metadata } = await make(client, resource.pods, pod);
    await client.patch(resource.pods, metadata, runningStatus(`registry.example/web:${index % 200}`), {
      subresource: 'status',
    });
  });
}

/** The Pods that will wait for the images of a group; their containers are being created yet. */
export async function seedAskingPods(client: KubeClient, group: string, size: Size): Promise<void> {
  await sideBySide(askingOf(size), async ({ image, copy }) => {
    await make(client, resource.pods, askingPod(group, image, copy, size));
  });
}

export async function removeAskingPods(client: KubeClient, group: string, size: Size): Promise<void> {
  await sideBySide(askingOf(size), async ({ image, copy }) => {
    const pod = { namespace: namespaceName(image % size.namespaces), name: `${group}-${image}-${copy}` };
    // Nobody would tell that its containers have ended.
    await client.delete(resource.pods, pod, { propagation: 'Background', gracePeriodSeconds: 0 });
  });
}

export function askingOf(size: Size): readonly { readonly image: number; readonly copy: number }[] {
  const images = numbers(size.images).map((at) => at + (size.firstImage ?? 0));
  return images.flatMap((image) => numbers(size.podsPerImage).map((copy) => ({ image, copy })));
}

/** A store that is there already: what is measured is not how long a kubelet takes to make directories. */
async function makeStore(client: KubeClient, index: number, size: Size): Promise<void> {
  const [node, tenant] = [nodeName(index), namespaceName(index % size.namespaces)];
  const name = storeName(node, tenant);
  const record = { apiVersion, kind: 'NixStore', metadata: { name }, spec: { node, tenant } };
  const raw = await client.create(resource.stores, undefined, record);
  await client.patch(
    resource.stores,
    { name },
    { status: { prepared: true, layout: storeLayout } },
    { subresource: 'status' },
  );
  const store = projectNixStore(raw);
  if (store === undefined) throw new Error(`${name} is no NixStore`);
  const bound = { status: { phase: 'Bound' } };
  await make(client, resource.volumes, volumeOf(store, { storeClaimSize: '1Gi' }));
  await client.patch(resource.volumes, { name }, bound, { subresource: 'status' });
  const claim = claimOf(store, { storeClaimSize: '1Gi' });
  await make(client, resource.claims, claim);
  await client.patch(resource.claims, claim.metadata, bound, { subresource: 'status' });
}

const mostTries = 60;

export async function make(client: KubeClient, type: ResourceType, object: object): Promise<Manifest> {
  const { apiVersion: version, kind } = type;
  const manifest: Manifest = { apiVersion: version, kind, metadata: { name: '' }, ...object };
  for (let tries = 0; ; tries++) {
    try {
      await client.create(type, manifest.metadata.namespace, manifest);
      return manifest;
    } catch (thrown) {
      // An API server that is hard pressed does what etcd had done already once more, or gives up.
      if (isAlreadyExists(thrown)) return manifest;
      if (!(thrown instanceof TransientError) || tries === mostTries) throw thrown;
      await sleep(1000);
    }
  }
}

export function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Not all at once: the API server turns away who asks for too much. */
export async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items].values();
  await Promise.all(
    numbers(16).map(async () => {
      for (const item of queue) await work(item);
    }),
  );
}
