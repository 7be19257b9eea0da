import { ceilings } from '../api/ceilings.ts';
import { fieldsThatFit } from '../api/fields-that-fit.ts';
import {
  aheadAnnotation,
  cancelAnnotation,
  isolationAnnotation,
  label,
  podAnnotation,
  podSecurityLabel,
  retryAnnotation,
  workAnnotations,
} from '../api/labels.ts';
import { type NixBuildSpec, NixBuildStatus, specLength } from '../api/nix-build.ts';
import { NixStoreSpec, NixStoreStatus } from '../api/nix-store.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { cutText, wholeText } from './bounded.ts';
import { annotationsOf, type KeptTexts, pick, projectMeta } from './project-meta.ts';
import { listOf, ours, type Raw, rawOf, textOf } from './raw.ts';

export interface NixBuild extends Observed {
  readonly spec: NixBuildSpec;
  readonly status: NixBuildStatus;
  /** Of its store, on whichever node (store-scope.ts); absent: the namespace's. */
  readonly storeScope?: string;
}

/**
 * Kept whatever its spec says: the API server has checked it against the schema of its day, and one that does not parse is told
 * so where builds are decided.
 */
export function projectNixBuild(raw: unknown): NixBuild {
  const build = rawOf(raw);
  const spec = rawOf(build.spec);
  return {
    metadata: { ...projectMeta(build, textsOfBuild(build)), ownerReferences: [] },
    spec: {
      flakeUrl: wholeText(textOf(spec.flakeUrl), specLength.flakeUrl),
      packageName: wholeText(textOf(spec.packageName ?? 'default'), specLength.packageName),
      system: wholeText(textOf(spec.system), specLength.system),
      imageTag: wholeText(textOf(spec.imageTag), specLength.imageTag),
    },
    status: fieldsThatFit(NixBuildStatus, rawOf(build.status)),
  };
}

/** All that is read of them; owners mean nothing here. There may be tens of thousands, made by people. */
function textsOfBuild({ metadata }: Raw): KeptTexts {
  const { labels, annotations } = rawOf(metadata);
  return {
    labels: pick(labels, [label.managedBy]),
    annotations: pick(annotations, [podAnnotation.secretName, retryAnnotation, cancelAnnotation, aheadAnnotation]),
  };
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
  const metadata = projectMeta(job, { annotations: annotationsOf(job, workAnnotations) });
  if (!ours(metadata)) return undefined;
  const conditions = listOf(rawOf(job.status).conditions).filter(({ status }) => status === 'True');
  const failed = conditions.find(({ type }) => type === 'Failed');
  return {
    metadata,
    hadPods: hadPods(rawOf(job.status)),
    ...changed(rawOf(job.spec)),
    ended: failed !== undefined || conditions.some(({ type }) => type === 'Complete'),
    ...(failed === undefined ? {} : { failed: wordsOf(failed) }),
  };
}

/** Suspended, its deadline stands still; with other than one Pod at once, more than one of them tells a result. */
function changed({ suspend, parallelism = 1 }: Raw): Pick<JobView, 'changed'> {
  if (suspend === true) return { changed: 'it is suspended' };
  return parallelism === 1 ? {} : { changed: 'its parallelism is not 1' };
}

/** The Job controller's, or of whoever may write the status of a Job. */
function wordsOf({ reason, message }: Raw): NonNullable<JobView['failed']> {
  return { reason: word(reason), message: cutText(textOf(message), ceilings.message.value) };
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
  const namespace = rawOf(raw);
  const metadata = projectMeta(namespace, { annotations: annotationsOf(namespace, [isolationAnnotation]) });
  return { metadata, podSecurity: metadata.labels?.[podSecurityLabel] ?? '' };
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
    phase: word(rawOf(volume.status).phase),
    claim: `${word(claim.namespace)}/${word(claim.name)}`,
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
  return { metadata, phase: word(rawOf(claim.status).phase), volumeName: word(rawOf(claim.spec).volumeName) };
}

function word(value: unknown): string {
  return cutText(textOf(value), ceilings.word.value);
}
