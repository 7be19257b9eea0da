import { label } from '../../api/labels.ts';
import { imageKey } from '../../cluster-view/indexes.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { JobView, NamespaceView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { nativeSystem } from '../../cluster-view/system.ts';
import { familyOf, parseFlakeReference } from '../../flake-reference/flake-reference.ts';
import { splitKey } from '../../runtime/kube-object.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import type { Candidate } from './choose-node.ts';
import { jobName } from './names.ts';
import { type PlaceInHistory, placeInHistory } from './place-in-history.ts';

export interface BuildStores {
  readonly builds: ObjectStore<NixBuild, 'image' | 'store' | 'node' | 'history'>;
  readonly stores: ObjectStore<NixStore>;
  readonly nodes: ObjectStore<NodeView>;
  readonly namespaces: ObjectStore<NamespaceView>;
  readonly jobs: ObjectStore<JobView, 'build'>;
  /** Pods that ask for images. */
  readonly pods: ObjectStore<PodView, 'image'>;
  /** Pods of enbi's own Jobs. */
  readonly jobPods: ObjectStore<PodView, 'job'>;
}

/** Reads the end of a container's log; empty when there is none (yet). */
export type ReadLog = (pod: PodView, container: string) => Promise<string>;

/** A Job of the current attempt and its Pod, each if it is there. */
export interface SeenJob {
  readonly job: JobView | undefined;
  readonly pod: PodView | undefined;
  readonly log: string;
}

/** Everything a decision about one NixBuild needs. */
export interface SeenBuild {
  readonly build: NixBuild;
  readonly namespace: NamespaceView | undefined;
  readonly candidates: readonly Candidate[];
  /** The node and store of the current attempt. */
  readonly node: NodeView | undefined;
  readonly store: NixStore | undefined;
  readonly buildJob: SeenJob;
  readonly importJob: SeenJob;
  /** All Jobs that work for this NixBuild, of any attempt. */
  readonly jobs: readonly JobView[];
  /** Undefined while the build is more than a record. */
  readonly history: PlaceInHistory | undefined;
  /** Pods of the build's system that wait for its image. */
  readonly waiting: readonly PodView[];
}

/** Jobs left over by a NixBuild that is gone: those in enbi's namespace, which no owner reference can reach. */
export function orphanedJobs(key: string, stores: BuildStores): readonly JobView[] {
  return stores.jobs.by('build', key);
}

export async function observeBuild(
  key: string,
  stores: BuildStores,
  enbiNamespace: string,
  readLog: ReadLog,
): Promise<SeenBuild | undefined> {
  const build = stores.builds.get(key);
  if (build === undefined) return undefined;
  const { buildNode, storeName } = build.status;
  const waiting = waitingPods(build, stores);
  return {
    build,
    namespace: stores.namespaces.get(splitKey(key).namespace),
    candidates: candidatesFor(build, waiting, stores),
    node: buildNode === undefined ? undefined : stores.nodes.get(buildNode),
    store: storeName === undefined ? undefined : stores.stores.get(storeName),
    buildJob: await observeJob(build, 'build', stores, splitKey(key).namespace, readLog),
    importJob: await observeJob(build, 'import', stores, enbiNamespace, readLog),
    jobs: stores.jobs.by('build', key).filter((job) => job.metadata.labels?.[label.buildUid] === build.metadata.uid),
    history: placeInHistory(build, stores),
    waiting,
  };
}

async function observeJob(
  build: NixBuild,
  kind: 'build' | 'import',
  stores: BuildStores,
  namespace: string,
  readLog: ReadLog,
): Promise<SeenJob> {
  const job = stores.jobs.get(`${namespace}/${jobName(build, kind)}`);
  if (job?.metadata.labels?.[label.buildUid] !== build.metadata.uid) return { job: undefined, pod: undefined, log: '' };
  const pod = stores.jobPods.by('job', job.metadata.uid).toSorted(newestFirst)[0];
  const running = pod?.containers.find((container) => container.running);
  const log = pod === undefined || running === undefined ? '' : await readLog(pod, running.name);
  return { job, pod, log };
}

function newestFirst(a: PodView, b: PodView): number {
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}

function waitingPods(build: NixBuild, stores: BuildStores): PodView[] {
  return stores.pods.by('image', imageKey(build.metadata.namespace ?? '', build.spec.imageTag)).filter((pod) => {
    const node = pod.nodeName === undefined ? undefined : stores.nodes.get(pod.nodeName);
    const waits = pod.containers.some((c) => c.image === build.spec.imageTag && c.waiting !== undefined);
    return waits && node !== undefined && nativeSystem(node) === build.spec.system;
  });
}

function candidatesFor(build: NixBuild, waiting: readonly PodView[], stores: BuildStores): Candidate[] {
  const choosing = build.status.buildNode === undefined || build.status.status === 'Succeeded';
  if (!choosing) return [];
  const family = familyOfUrl(build.spec.flakeUrl);
  return stores.nodes.list().map((node) => {
    const builds = stores.builds.by('node', node.metadata.name);
    return {
      node,
      waitingPods: waiting.filter((pod) => pod.nodeName === node.metadata.name).length,
      warm: builds.some(
        (other) => other.metadata.namespace === build.metadata.namespace && familyOfUrl(other.spec.flakeUrl) === family,
      ),
      runningBuilds: builds.filter((other) => other.status.status === 'Building').length,
    };
  });
}

/** A hand-made NixBuild may hold any text; what does not parse is a family of its own. */
function familyOfUrl(url: string): string {
  try {
    return familyOf(parseFlakeReference(url));
  } catch {
    return url;
  }
}
