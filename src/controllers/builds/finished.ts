import { waitsForImage } from '../../cluster-view/container.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Action } from '../../runtime/plan.ts';
import { importedAt } from './imported-at.ts';
import { isKeptForLog, keptForLog, tooManyKept } from './kept-log.ts';
import { fitOf } from './node-fit.ts';
import type { Rule } from './situation.ts';
import { buildRef, statusPatch, turnProgress, verdicts, waitingForTurn } from './status.ts';

/** How long a woken Pod may take to use the image before the kubelet is asked for its reasons. */
const refusalMs = 60_000;

/**
 * The Jobs of a success are removed only after the success has been seen in the status: their results are in it by then. The
 * one that built it stays for a while, to be read.
 */
export const jobsAreLeft: Rule = (situation) => {
  const own = situation.jobs.filter(
    (job) => job.metadata.deletionTimestamp === undefined && !isKeptForLog(job, situation),
  );
  const others = tooManyKept(situation).filter(({ metadata }) => !own.some((job) => job.metadata.uid === metadata.uid));
  const left = [...own, ...others];
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
 * A Pod fails to find the image though it has been there since the import: the kubelet has collected it. On the node that built
 * it, it is only imported again, since the store there still has the result; any other node is one that has yet to get it.
 */
export const imageVanished: Rule = (situation) => {
  const { build, waiting, now } = situation;
  const imported = importedAt(build, now);
  const gone = waiting.find((pod) => isLoadedOn(build, pod.nodeName) && hadImageSince(pod, build, imported))?.nodeName;
  if (gone === undefined) return undefined;
  const { buildNode, nodes = [] } = build.status;
  const message = `${build.spec.imageTag} is no longer on ${gone}; loading it again`;
  const change = {
    ...(gone === buildNode ? { status: 'Pending' as const, buildNode: null } : {}),
    progress: gone === buildNode ? 'loading it again' : null,
    nodes: nodes.filter((node) => node !== gone),
    logKeptUntil: null,
  };
  const status = statusPatch(build, change, verdicts.underWay('WaitingForTurn', message), now);
  return {
    because: 'ImageVanished',
    actions: keptForLog(situation).map(deleteJob),
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Normal', regarding: buildRef(build), reason: 'ImportRunning', message }],
  };
};

/**
 * Pods wait on a node that does not have the image yet: it is built there too. (Bringing it over from a node that has it
 * is to come; building again needs nothing but what is here, and makes replicas on two nodes work.)
 */
export const otherNodeWaits: Rule = (situation) => {
  const { build, lacking, settings, now } = situation;
  if (fitOf(build.spec.system, lacking, settings).fitting.size === 0) return undefined;
  // Its store's name stays: where the result is, it need not be built again.
  const change = { status: 'Pending' as const, buildNode: null, progress: turnProgress, logKeptUntil: null };
  const status = statusPatch(build, change, verdicts.underWay('WaitingForTurn', waitingForTurn(settings)), now);
  const actions = keptForLog(situation).map(deleteJob);
  return { because: 'OtherNodeWaits', actions, ...(status === undefined ? {} : { status }) };
};

/**
 * The Pod was made after the import, or a run of the container that now waits ended after it. These times have no fractions: a
 * Pod of the same second may have been made before; a run that ended in that second used the image, since nothing is imported
 * within a second. Either comes once for each import, so a kubelet that refuses the image is no reason for another.
 * Not when the run began: `importFinished` is the latest of all nodes, and a Pod on an earlier one may have run before.
 */
function hadImageSince(pod: PodView, build: NixBuild, imported: number): boolean {
  const madeAfter = Date.parse(pod.metadata.creationTimestamp ?? '') >= imported + 1000;
  const second = imported - (imported % 1000);
  return pod.containers.some(
    (container) =>
      container.image === build.spec.imageTag &&
      waitsForImage(container) &&
      (madeAfter || Date.parse(container.lastFinishedAt ?? '') >= second),
  );
}

function isLoadedOn(build: NixBuild, node: string | undefined): boolean {
  return build.status.nodes?.includes(node ?? '') ?? false;
}

function waitsOnLoadedNode(pod: PodView, build: NixBuild): boolean {
  return isLoadedOn(build, pod.nodeName) && failsToPull(pod, build.spec.imageTag);
}

function failsToPull(pod: PodView, image: string): boolean {
  return pod.containers.some((container) => container.image === image && waitsForImage(container));
}

/** Never a loop: the image is there, CRI has confirmed it, and the Pod waits all the same. */
export const kubeletRefuses: Rule = (situation) => {
  const { build, waiting, now } = situation;
  const imported = importedAt(build, now);
  const refused = waiting.find((pod) => waitsOnLoadedNode(pod, build));
  if (refused === undefined || now.getTime() < imported + refusalMs) return undefined;
  const message =
    `Pod ${refused.metadata.name} still waits although ${build.spec.imageTag} is loaded on ${refused.nodeName ?? ''}: the kubelet ` +
    'refuses it. Set its imagePullCredentialsVerificationPolicy to NeverVerifyPreloadedImages (the default), or list the image in preloadedImagesVerificationAllowlist';
  const verdict = { type: 'Ready', status: 'False', reason: 'KubeletRefusesLocalImage', message } as const;
  const change = { progress: 'the kubelet refuses the image' };
  const status = statusPatch(build, change, [verdict, ...verdicts.succeeded('').slice(1)], now);
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
  const status = statusPatch(build, { progress: null }, verdicts.succeeded(message), now);
  return { because: 'KubeletAccepts', actions: [], ...(status === undefined ? {} : { status }) };
};

/** Looks again, once, when a Pod that was woken should be running; whatever else becomes of it is told by its events. */
export const waitsToBeWoken: Rule = ({ build, waiting, now }) => {
  const leftMs = importedAt(build, now) + refusalMs - now.getTime();
  if (!(leftMs > 0) || !waiting.some((pod) => isLoadedOn(build, pod.nodeName))) return undefined;
  return { because: 'PodIsWaking', actions: [], recheckAfterMs: leftMs };
};
