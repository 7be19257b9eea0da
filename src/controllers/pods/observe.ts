import { waitsForImage } from '../../cluster-view/container.ts';
import { imagesAhead, looksForImages } from '../../cluster-view/images-ahead.ts';
import { imageKey, repositoryKeyIn } from '../../cluster-view/indexes.ts';
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
  readonly builds: ObjectStore<NixBuild, 'image' | 'repository'>;
  readonly nodeImages: Pick<NameUsers, 'of'>;
}

export interface PodSettings {
  /** Whether a new tag of what enbi has built before is built without waiting for the kubelet to miss it. */
  readonly buildAhead: boolean;
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
  /** Whether enbi has built another tag of its repository for this namespace; never, where enbi is not to build ahead. */
  readonly isBuiltHere: (image: string) => boolean;
  /** What enbi asked for and the API server refused, until it is tried again. */
  readonly refusals: readonly Refusal[];
}

export function observePod(
  key: string,
  refusals: readonly Refusal[],
  stores: PodStores,
  { buildAhead }: PodSettings,
): SeenPod | undefined {
  const pod = stores.pods.get(key);
  if (pod === undefined) return undefined;
  const looks = buildAhead && looksForImages(pod);
  const ahead = looks ? pod.containers : imagesAhead(pod);
  // Those of the images that are there say which one its annotation was about before.
  const waits = looks || pod.containers.some(waitsForImage);
  const images = new Set(waits ? pod.containers.map(({ image }) => image) : []);
  const namespace = pod.metadata.namespace ?? '';
  return {
    pod,
    refusals,
    newest: (image) => stores.newest.of(image, namespace),
    node: pod.nodeName === undefined ? undefined : stores.nodes.get(pod.nodeName),
    onNodes: new Set(ahead.map(({ image }) => image).filter((image) => isOnNode(image, stores))),
    isBuiltHere: (image) => buildAhead && isBuilt(repositoryKeyIn(namespace, image), stores),
    builds: [...images].flatMap((image) => [...stores.builds.by('image', imageKey(namespace, image))]),
  };
}

function isBuilt(repository: string, { builds }: PodStores): boolean {
  return builds.by('repository', repository).some(({ status }) => status.status === 'Succeeded');
}

function isOnNode(image: string, { nodeImages }: PodStores): boolean {
  const name = nameNumber(image);
  return name !== undefined && nodeImages.of(name).size > 0;
}
