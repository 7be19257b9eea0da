import { ceilings } from '../../api/ceilings.ts';
import { isOfStore } from '../../cluster-view/belonging.ts';
import { scopedKey } from '../../cluster-view/indexes.ts';
import { claimName } from '../../cluster-view/names.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { ClaimView, JobView, NamespaceView, NixBuild, NixStore, VolumeView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { podOfJob } from '../../cluster-view/pod-of-job.ts';
import { isActive, isGoing } from '../../cluster-view/road.ts';
import type { Observed } from '../../runtime/kube-object.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import { prepareJobName } from './prepare-job.ts';
import { removeJobName } from './remove-job-name.ts';

export interface StoreStores {
  readonly stores: ObjectStore<NixStore, 'scoped'>;
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
  readonly removeJob: JobView | undefined;
  readonly removePod: PodView | undefined;
  readonly volume: VolumeView | undefined;
  readonly claim: ClaimView | undefined;
  /** Builds that used the store; the newest of their figures is the store's. */
  readonly builds: readonly NixBuild[];
  /** Where its namespace has as many as it may have on its node: all stores there that are for one repository each, itself among them. */
  readonly scoped: readonly ScopedStore[];
  /** What enbi asked for and the API server refused, until it is tried again. */
  readonly refusals: readonly Refusal[];
}

export interface ScopedStore {
  readonly store: NixStore;
  /** A build of it is under way. */
  readonly inUse: boolean;
}

export function observeStore(
  key: string,
  stores: StoreStores,
  enbiNamespace: string,
): Omit<SeenStore, 'refusals'> | undefined {
  const store = stores.stores.get(key);
  if (store === undefined) return undefined;
  const { node, tenant } = store.spec;
  const jobNamed = (name: string) => {
    const job = stores.jobs.get(`${enbiNamespace}/${name}`);
    return job !== undefined && isOfStore(job, store) ? job : undefined;
  };
  const podOf = (job: JobView | undefined) => (job === undefined ? undefined : podOfJob(job, stores.jobPods));
  const prepareJob = jobNamed(prepareJobName(store));
  const removeJob = jobNamed(removeJobName(store));
  return {
    store,
    node: stores.nodes.get(node),
    namespace: stores.namespaces.get(tenant),
    prepareJob,
    preparePod: podOf(prepareJob),
    removeJob,
    removePod: podOf(removeJob),
    volume: ofStore(stores.volumes.get(store.metadata.name), store),
    claim: ofStore(stores.claims.get(`${tenant}/${claimName(store.metadata.name)}`), store),
    builds: buildsOf(store, stores),
    scoped: scopedBeside(store, stores),
  };
}

/** An object of somebody else's under that name is none: asked to make ours, the API server tells. */
function ofStore<T extends Observed>(found: T | undefined, store: NixStore): T | undefined {
  return found !== undefined && isOfStore(found, store) ? found : undefined;
}

function buildsOf(store: NixStore, { builds }: StoreStores): readonly NixBuild[] {
  return builds.by('store', store.metadata.name).filter((build) => usedBy(build, store));
}

function scopedBeside({ spec: { node, tenant, scope } }: NixStore, stores: StoreStores): readonly ScopedStore[] {
  if (scope === undefined) return [];
  const beside = stores.stores.by('scoped', scopedKey(node, tenant));
  if (beside.length < ceilings.storesOfNamespace.value) return [];
  return beside.map((store) => ({ store, inUse: isInUse(store, stores) }));
}

function isInUse(store: NixStore, { builds }: StoreStores): boolean {
  const uses = (build: NixBuild) => usedBy(build, store) && (isActive(build) || isGoing(build));
  return builds.by('store', store.metadata.name).some(uses);
}

/** What a build of another namespace says of itself is nothing about this store. */
function usedBy({ metadata, status, storeScope }: NixBuild, { spec }: NixStore): boolean {
  return metadata.namespace === spec.tenant && status.buildNode === spec.node && storeScope === spec.scope;
}
