import { retryAnnotation } from '../../api/labels.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Action } from '../../runtime/plan.ts';
import type { Rule, Situation } from './decide.ts';
import { buildRef, statusPatch, verdicts } from './status.ts';

/** How long a woken Pod may take to use the image before the kubelet is asked for its reasons. */
const refusalMs = 60_000;

/** The Jobs of a success are removed only after the success has been seen in the status: their results are in it by then. */
export const jobsAreLeft: Rule = ({ jobs }) => {
  const left = jobs.filter((job) => job.metadata.deletionTimestamp === undefined);
  return left.length === 0 ? undefined : { because: 'JobsAreLeft', actions: left.map(deleteJob) };
};

export function deleteJob(job: JobView): Action {
  const { name, namespace, uid } = job.metadata;
  return {
    type: 'delete',
    ref: { apiVersion: 'batch/v1', kind: 'Job', name, uid, ...(namespace === undefined ? {} : { namespace }) },
  };
}

/**
 * A Pod made after the import fails to find the image: the kubelet has collected it. Normally it is only imported again,
 * since the store still has the result.
 */
export const imageVanished: Rule = ({ build, waiting, now }) => {
  const imported = Date.parse(build.status.stageTimes?.importFinished ?? '');
  const vanished = waiting.some(
    (pod) => onLoadedNode(pod, build.status.nodes) && failsToPull(pod, build.spec.imageTag) && madeAfter(pod, imported),
  );
  if (!vanished) return undefined;
  const message = `${build.spec.imageTag} is no longer on the node; importing it again`;
  const change = {
    status: 'Importing' as const,
    attempts: (build.status.attempts ?? 0) + 1,
    nodes: [],
    progress: 'importing again',
  };
  const status = statusPatch(build, change, verdicts.underWay('ImportRunning', message), now);
  return {
    because: 'ImageVanished',
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Normal', regarding: buildRef(build), reason: 'ImportRunning', message }],
  };
};

/** By a second at least: creation times have no fractions. */
function madeAfter(pod: PodView, time: number): boolean {
  return Date.parse(pod.metadata.creationTimestamp ?? '') >= time + 1000;
}

function onLoadedNode(pod: PodView, nodes: readonly string[] | undefined): boolean {
  return nodes?.includes(pod.nodeName ?? '') ?? false;
}

function failsToPull(pod: PodView, image: string): boolean {
  return pod.containers.some(
    (c) => c.image === image && /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull)$/.test(c.waiting ?? ''),
  );
}

/** Never a loop: the image is there, CRI has confirmed it, and the Pod waits all the same. */
export const kubeletRefuses: Rule = ({ build, waiting, now }) => {
  const imported = Date.parse(build.status.stageTimes?.importFinished ?? '');
  const refused = waiting.find((pod) => onLoadedNode(pod, build.status.nodes) && failsToPull(pod, build.spec.imageTag));
  if (refused === undefined || now.getTime() < imported + refusalMs) return undefined;
  const message =
    `Pod ${refused.metadata.name} still waits although ${build.spec.imageTag} is loaded on ${refused.nodeName ?? ''}: the kubelet ` +
    'refuses it. Its imagePullCredentialsVerificationPolicy may be AlwaysVerify: allow this image there, or set imagePullPolicy to Never';
  const verdict = { type: 'Ready', status: 'False', reason: 'KubeletRefusesLocalImage', message } as const;
  const status = statusPatch(build, {}, [verdict, ...verdicts.succeeded('').slice(1)], now);
  if (status === undefined) return { because: 'KubeletRefuses', actions: [] };
  return {
    because: 'KubeletRefuses',
    actions: [],
    status,
    events: [{ type: 'Warning', regarding: buildRef(build), reason: 'KubeletRefusesLocalImage', message }],
  };
};

/** The Pods that the kubelet refused run, or are gone. */
export const kubeletAccepts: Rule = ({ build, waiting, now }) => {
  const refused = build.status.conditions?.some((condition) => condition.reason === 'KubeletRefusesLocalImage');
  if (refused !== true || waiting.length > 0) return undefined;
  const message = `${build.spec.imageTag} is loaded on ${build.status.nodes?.join(', ') ?? ''}`;
  const status = statusPatch(build, {}, verdicts.succeeded(message), now);
  return { because: 'KubeletAccepts', actions: [], ...(status === undefined ? {} : { status }) };
};

/** Looks again when a Pod that was woken should be running. */
export const waitsToBeWoken: Rule = ({ build, waiting, now }) => {
  if (!waiting.some((pod) => onLoadedNode(pod, build.status.nodes))) return undefined;
  const imported = Date.parse(build.status.stageTimes?.importFinished ?? '');
  return { because: 'PodIsWaking', actions: [], recheckAfterMs: Math.max(imported + refusalMs - now.getTime(), 1000) };
};

/** A new value of the retry annotation after a failure begins another attempt. */
export const failureWasAnswered: Rule = (situation: Situation) => {
  const { build, now } = situation;
  const asked = build.metadata.annotations?.[retryAnnotation];
  if (asked === undefined || asked === build.status.retryAnswered) return undefined;
  const change = {
    status: 'Pending' as const,
    retryAnswered: asked,
    buildNode: null,
    storeName: null,
    nextAttemptTime: null,
    completionTime: null,
    failure: null,
  };
  const status = statusPatch(build, change, verdicts.underWay('Retrying', 'trying again as asked'), now);
  return { because: 'RetryWasAsked', actions: [], ...(status === undefined ? {} : { status }) };
};
