import { label } from '../../api/labels.ts';
import { claimName } from '../../cluster-view/names.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { ClaimView, JobView, NamespaceView, NixBuild, NixStore, VolumeView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import { prepareJobName } from './prepare-job.ts';

export interface StoreStores {
  readonly stores: ObjectStore<NixStore>;
  readonly nodes: ObjectStore<NodeView>;
  readonly namespaces: ObjectStore<NamespaceView>;
  readonly jobs: ObjectStore<JobView, 'build'>;
  readonly jobPods: ObjectStore<PodView, 'job'>;
  readonly volumes: ObjectStore<VolumeView>;
  readonly claims: ObjectStore<ClaimView>;
  readonly builds: ObjectStore<NixBuild, 'image' | 'store' | 'node'>;
}

/** Everything a decision about one NixStore needs. */
export interface SeenStore {
  readonly store: NixStore;
  readonly node: NodeView | undefined;
  readonly namespace: NamespaceView | undefined;
  readonly prepareJob: JobView | undefined;
  readonly preparePod: PodView | undefined;
  readonly volume: VolumeView | undefined;
  readonly claim: ClaimView | undefined;
  /** Builds that used the store; the newest of their figures is the store's. */
  readonly builds: readonly NixBuild[];
}

export function observeStore(key: string, stores: StoreStores, enbiNamespace: string): SeenStore | undefined {
  const store = stores.stores.get(key);
  if (store === undefined) return undefined;
  const { node, tenant } = store.spec;
  const named = stores.jobs.get(`${enbiNamespace}/${prepareJobName(store)}`);
  const prepareJob = named?.metadata.labels?.[label.storeUid] === store.metadata.uid ? named : undefined;
  return {
    store,
    node: stores.nodes.get(node),
    namespace: stores.namespaces.get(tenant),
    prepareJob,
    preparePod: prepareJob === undefined ? undefined : stores.jobPods.by('job', prepareJob.metadata.uid)[0],
    volume: stores.volumes.get(store.metadata.name),
    claim: stores.claims.get(`${tenant}/${claimName(store.metadata.name)}`),
    builds: stores.builds.by('store', store.metadata.name),
  };
}
