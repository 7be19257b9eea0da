import { waitsForImage } from '../../cluster-view/container.ts';
import { imagesAhead } from '../../cluster-view/images-ahead.ts';
import { imageKey } from '../../cluster-view/indexes.ts';
import { nameNumber } from '../../cluster-view/name-digest.ts';
import type { NameUsers } from '../../cluster-view/name-users.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import type { NewestPods } from './newest-pods.ts';

export interface PodStores {
  readonly pods: ObjectStore<PodView>;
  readonly newest: Pick<NewestPods, 'of'>;
  readonly nodes: ObjectStore<NodeView>;
  readonly builds: ObjectStore<NixBuild, 'image' | 'store' | 'node'>;
  readonly nodeImages: Pick<NameUsers, 'of'>;
}

/** One Pod and what is known of the images it waits for. */
export interface SeenPod {
  readonly pod: PodView;
  readonly node: NodeView | undefined;
  /** NixBuilds of the Pod's namespace for its images. */
  readonly builds: readonly NixBuild[];
  /** Of the Pods of its namespace that name an image the one that was made last; looked up where it decides something. */
  readonly newest: (image: string) => PodView | undefined;
  /** Images that it will need later and that some node says it has. */
  readonly onNodes: ReadonlySet<string>;
  /** What enbi asked for and the API server refused, until it is tried again. */
  readonly refusals: readonly Refusal[];
}

export function observePod(key: string, refusals: readonly Refusal[], stores: PodStores): SeenPod | undefined {
  const pod = stores.pods.get(key);
  if (pod === undefined) return undefined;
  const ahead = imagesAhead(pod);
  // Those of the images that are there say which one its annotation was about before.
  const waits = pod.containers.some(waitsForImage);
  const images = new Set(waits ? pod.containers.map(({ image }) => image) : []);
  const namespace = pod.metadata.namespace ?? '';
  return {
    pod,
    refusals,
    newest: (image) => stores.newest.of(image, namespace),
    node: pod.nodeName === undefined ? undefined : stores.nodes.get(pod.nodeName),
    onNodes: new Set(ahead.map(({ image }) => image).filter((image) => isOnNode(image, stores))),
    builds: [...images].flatMap((image) => [...stores.builds.by('image', imageKey(namespace, image))]),
  };
}

function isOnNode(image: string, { nodeImages }: PodStores): boolean {
  const name = nameNumber(image);
  return name !== undefined && nodeImages.of(name).size > 0;
}
