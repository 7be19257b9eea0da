import { label } from '../api/labels.ts';
import { isBuilderOf, isBuildJobOf, isOfStore, jobKey, jobKeyOfPod, storeNamed } from '../cluster-view/belonging.ts';
import { claimName } from '../cluster-view/names.ts';
import type { ClaimView, JobView, NixBuild, NixStore, VolumeView } from '../cluster-view/objects.ts';
import type { PodView } from '../cluster-view/pod.ts';

/**
 * Anybody may write enbi's label on what is in their own namespace. Enbi's is what bears it in enbi's namespace, and elsewhere what
 * a NixBuild or a NixStore that is there owns, by uid: nothing else is deleted or waited for.
 */
export function jobsOfEnbi(jobs: readonly JobView[], { builds, stores }: Owners, namespace: string): JobView[] {
  const byUid = new Map(builds.map((build) => [build.metadata.uid, build]));
  const byName = new Map(stores.map((store) => [store.metadata.name, store]));
  const isBuildJob = (job: JobView) => {
    const build = byUid.get(job.metadata.labels?.[label.buildUid] ?? '');
    return build !== undefined && isBuildJobOf(job, build);
  };
  const isBuilderJob = (job: JobView) => {
    const store = byName.get(storeNamed(job) ?? '');
    return store !== undefined && isBuilderOf(job, store);
  };
  return jobs.filter((job) => job.metadata.namespace === namespace || isBuildJob(job) || isBuilderJob(job));
}

interface Owners {
  readonly builds: readonly NixBuild[];
  readonly stores: readonly NixStore[];
}

export function claimsOfEnbi(claims: readonly ClaimView[], stores: readonly NixStore[]): ClaimView[] {
  const byClaim = new Map(stores.map((store) => [claimKey(store.spec.tenant, claimName(store.metadata.name)), store]));
  return claims.filter((claim) => {
    const store = byClaim.get(claimKey(claim.metadata.namespace ?? '', claim.metadata.name));
    return store !== undefined && isOfStore(claim, store);
  });
}

function claimKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

export function volumesOfEnbi(volumes: readonly VolumeView[], stores: readonly NixStore[]): VolumeView[] {
  const byName = new Map(stores.map((store) => [store.metadata.name, store]));
  return volumes.filter((volume) => {
    const store = byName.get(volume.metadata.name);
    return store !== undefined && isOfStore(volume, store);
  });
}

export interface JobsThere {
  /** `jobKey`s of enbi's Jobs. */
  readonly enbi: ReadonlySet<string>;
  /** `jobKey`s of all Jobs in the namespaces of `podsInQuestion`. */
  readonly all: ReadonlySet<string>;
}

/** Pods elsewhere that say that a Job made them, which is not one of enbi's that are left: it may have been one. */
export function podsInQuestion(pods: readonly PodView[], enbi: ReadonlySet<string>, namespace: string): PodView[] {
  return pods.filter((pod) => {
    const job = jobKeyOfPod(pod);
    return job !== undefined && pod.metadata.namespace !== namespace && !enbi.has(job);
  });
}

/** Of a Job that is there no more Kubernetes takes the Pods away, also those that only say so: they are worth waiting for. */
export function podsOfEnbi(pods: readonly PodView[], { enbi, all }: JobsThere, namespace: string): PodView[] {
  return pods.filter((pod) => {
    if (pod.metadata.namespace === namespace) return true;
    const job = jobKeyOfPod(pod);
    return job !== undefined && (enbi.has(job) || !all.has(job));
  });
}

export function keysOf(jobs: readonly Pick<JobView, 'metadata'>[]): ReadonlySet<string> {
  return new Set(jobs.map(jobKey));
}
