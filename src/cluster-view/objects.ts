import { fieldsThatFit } from '../api/fields-that-fit.ts';
import { NixBuildSpec, NixBuildStatus } from '../api/nix-build.ts';
import { NixStoreSpec, NixStoreStatus } from '../api/nix-store.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { listOf, ours, projectMeta, type Raw, rawOf, textOf } from './raw.ts';

export interface NixBuild extends Observed {
  readonly spec: NixBuildSpec;
  readonly status: NixBuildStatus;
}

/** The API server has checked the object against the schema; a spec that does not parse all the same is not kept. */
export function projectNixBuild(raw: unknown): NixBuild | undefined {
  const build = rawOf(raw);
  const spec = NixBuildSpec.safeParse(build.spec);
  if (!spec.success) return undefined;
  return { metadata: projectMeta(build), spec: spec.data, status: fieldsThatFit(NixBuildStatus, rawOf(build.status)) };
}

export interface NixStore extends Observed {
  readonly spec: NixStoreSpec;
  readonly status: NixStoreStatus;
}

export function projectNixStore(raw: unknown): NixStore | undefined {
  const store = rawOf(raw);
  const spec = NixStoreSpec.safeParse(store.spec);
  if (!spec.success) return undefined;
  return { metadata: projectMeta(store), spec: spec.data, status: fieldsThatFit(NixStoreStatus, rawOf(store.status)) };
}

/** One of enbi's Jobs. What became of it is read from its Pod, which knows it a second earlier than the Job does. */
export interface JobView extends Observed {
  /** Why the Job failed; all that is left when its Pod was deleted. */
  readonly failed?: { readonly reason: string; readonly message: string };
  /** Failed or complete: nothing of it runs any more. */
  readonly ended: boolean;
  /** A Pod of it was made at some time. */
  readonly hadPods: boolean;
  /** What somebody has changed that enbi never would, for people; absent: nothing. All else of a Job that counts is immutable. */
  readonly changed?: string;
}

export function projectJob(raw: unknown): JobView | undefined {
  const job = rawOf(raw);
  const metadata = projectMeta(job);
  if (!ours(metadata)) return undefined;
  const conditions = listOf(rawOf(job.status).conditions).filter(({ status }) => status === 'True');
  const failed = conditions.find(({ type }) => type === 'Failed');
  return {
    metadata,
    hadPods: hadPods(rawOf(job.status)),
    ...changed(rawOf(job.spec)),
    ended: failed !== undefined || conditions.some(({ type }) => type === 'Complete'),
    ...(failed === undefined ? {} : { failed: { reason: textOf(failed.reason), message: textOf(failed.message) } }),
  };
}

/** Suspended, its deadline stands still; with other than one Pod at once, more than one of them tells a result. */
function changed({ suspend, parallelism = 1 }: Raw): Pick<JobView, 'changed'> {
  if (suspend === true) return { changed: 'it is suspended' };
  return parallelism === 1 ? {} : { changed: 'its parallelism is not 1' };
}

/** Finished Pods are counted in two steps: first by uid, then by number. */
function hadPods({ active, succeeded, failed, terminating, uncountedTerminatedPods }: Raw): boolean {
  const uncounted = Object.values(rawOf(uncountedTerminatedPods)).flat();
  return [active, succeeded, failed, terminating].some((count) => Number(count ?? 0) > 0) || uncounted.length > 0;
}

export interface NamespaceView extends Observed {
  /** Level of Pod Security that is enforced; empty: none by label. */
  readonly podSecurity: string;
}

export function projectNamespace(raw: unknown): NamespaceView {
  const metadata = projectMeta(rawOf(raw));
  return { metadata, podSecurity: metadata.labels?.['pod-security.kubernetes.io/enforce'] ?? '' };
}

export interface VolumeView extends Observed {
  readonly phase: string;
  readonly claim: string;
}

export function projectVolume(raw: unknown): VolumeView | undefined {
  const volume = rawOf(raw);
  const metadata = projectMeta(volume);
  if (!ours(metadata)) return undefined;
  const claim = rawOf(rawOf(volume.spec).claimRef);
  return {
    metadata,
    phase: textOf(rawOf(volume.status).phase),
    claim: `${textOf(claim.namespace)}/${textOf(claim.name)}`,
  };
}

export interface ClaimView extends Observed {
  readonly phase: string;
  readonly volumeName: string;
}

export function projectClaim(raw: unknown): ClaimView | undefined {
  const claim = rawOf(raw);
  const metadata = projectMeta(claim);
  if (!ours(metadata)) return undefined;
  return { metadata, phase: textOf(rawOf(claim.status).phase), volumeName: textOf(rawOf(claim.spec).volumeName) };
}
