import { podAnnotation } from '../../api/labels.ts';
import type { Reason } from '../../api/reasons.ts';
import { containerAtWork, hasBegun } from '../../cluster-view/at-work.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import { missingOwnImage } from '../../cluster-view/own-image.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { lacksPod, startsSlowly } from '../../cluster-view/pod-trouble.ts';
import { ours } from '../../cluster-view/raw.ts';
import { stuckReason } from '../../cluster-view/stuck.ts';
import type { Plan } from '../../runtime/plan.ts';
import { giveSlotBack } from './held-up.ts';
import { progressOf } from './progress.ts';
import type { SeenJob } from './seen-job.ts';
import type { Situation } from './situation.ts';
import { buildRef, type StatusChange, statusPatch, verdicts } from './status.ts';
import { type Holdup, podStillHeldUp, podToldHeldUp } from './still-held-up.ts';

/** Its Pod tells by itself when it starts; only what holds it up is asked for. */
const lookAgainAtSlowMs = 20_000;
/** A kubelet tries again what failed; what it cannot do for so long is somebody else's to mend. */
const heldUpAfterMs = 60_000;
/** Nobody complains: most likely a large image of enbi's is on its way to a new node. */
const unexplainedAfterMs = 300_000;

/** A Job that is under way, in the words for when nothing is wrong. */
interface Running {
  readonly because: string;
  readonly reason: Reason;
  readonly message: string;
  readonly progress: string;
  readonly lookAgainMs: number;
  readonly change?: StatusChange;
}

/** How far a Job is, or what holds it up. */
export function jobRuns(situation: Situation, seen: SeenJob, running: Running): Plan {
  const { build, now } = situation;
  const complaint = complaintOf(build, seen);
  const holdup = heldUpFor(seen, complaint, now);
  if (holdup !== undefined) return giveSlotBack(situation, holdup);
  const begun = seen.pod !== undefined && hasBegun(seen.pod);
  const words = complaint ?? wordsFor(running, seen.pod, begun ? undefined : podStillHeldUp(build));
  const { reason, message } = words;
  const progress = progressOf(seen, words.progress, reason === toldReason(build) ? build.status.progress : undefined);
  const change = { ...running.change, ...(begun ? notHeldUp : {}), progress };
  const status = statusPatch(build, change, verdicts.underWay(reason, message), now);
  return {
    because: running.because,
    actions: [],
    ...(status === undefined ? {} : { status }),
    ...(status === undefined || complaint === undefined
      ? {}
      : { events: [{ type: 'Warning', regarding: buildRef(build), reason, message }] }),
    recheckAfterMs: isSlow(seen, now) ? lookAgainAtSlowMs : running.lookAgainMs,
  };
}

/** Its events are listed at each look, and an API server reads all of the namespace for that. */
function isSlow({ job, pod }: SeenJob, now: Date): boolean {
  return pod === undefined ? job !== undefined && lacksPod(job, now) : startsSlowly(pod, now);
}

function wordsFor(running: Running, pod: PodView | undefined, before: Holdup | undefined): Holdup | Running {
  return before ?? { ...running, message: stuckReason(pod) ?? running.message };
}

const notHeldUp: StatusChange = { timesHeldUp: null, waitsSince: null };

/** What has kept the Pod from going on for too long. A Secret that is missing is known to be: that is long enough. */
function heldUpFor({ pod, trouble }: SeenJob, complaint: Holdup | undefined, now: Date): Holdup | undefined {
  if (pod === undefined || trouble === undefined || containerAtWork(pod)?.running === true) return undefined;
  const idleMs = now.getTime() - idleSince(pod);
  if (complaint?.reason === 'SecretNotFound') return complaint;
  const why = stuckReason(pod);
  const stuck = complaint ?? (why === undefined ? undefined : notStarting(pod, why));
  if (stuck !== undefined) return idleMs >= heldUpAfterMs ? stuck : undefined;
  return idleMs >= unexplainedAfterMs ? notStarting(pod, 'nobody says why') : undefined;
}

/** When something of it ran last, or it was made. */
function idleSince({ metadata, containers }: PodView): number {
  const ends = containers.map(({ terminated }) => Date.parse(terminated?.finishedAt ?? ''));
  return Math.max(Date.parse(metadata.creationTimestamp ?? ''), ...ends.filter((time) => !Number.isNaN(time)));
}

function complaintOf(build: NixBuild, { job, pod, trouble }: SeenJob): Holdup | undefined {
  const missing = missingOwnImage(pod);
  if (missing !== undefined) return ownImageMissing(missing, pod);
  // What could not be read now is as it was: else it would be two writes, there and back.
  if (trouble === undefined) return podToldHeldUp(build);
  if (pod === undefined && job !== undefined && trouble !== '') return notMade(job, trouble);
  if (pod === undefined || trouble === '') return undefined;
  return secretMissing(build, trouble) ?? notStarting(pod, trouble);
}

function secretMissing(build: NixBuild, trouble: string): Holdup | undefined {
  const { namespace = '', annotations } = build.metadata;
  const secret = annotations?.[podAnnotation.secretName];
  // The kubelet's words for it: pkg/kubelet/util/manager/watch_based_manager.go.
  if (secret === undefined || !trouble.includes(`secret "${secret}" not found`)) return undefined;
  const progress = `Secret ${namespace}/${secret} does not exist`;
  const message =
    `${progress}. Create it, and the build goes on within two minutes; if its name is wrong, correct the annotation ` +
    `${podAnnotation.secretName} ${ours(build.metadata) ? "in the Pods' template" : 'and delete this NixBuild, to make it anew'}`;
  return { reason: 'SecretNotFound', message, progress };
}

function ownImageMissing(message: string, pod: PodView | undefined): Holdup {
  return { reason: 'EnbiImageMissing', message, progress: `enbi's own image is not on ${pod?.nodeName ?? 'its node'}` };
}

function notMade({ metadata }: JobView, why: string): Holdup {
  return { reason: 'PodNotStarting', message: `no Pod of Job ${metadata.name} can be made: ${why}`, progress: why };
}

function notStarting({ metadata }: PodView, why: string): Holdup {
  return { reason: 'PodNotStarting', message: `Pod ${metadata.name} does not start: ${why}`, progress: why };
}

function toldReason({ status }: NixBuild): string | undefined {
  return status.conditions?.find(({ type }) => type === 'Ready')?.reason;
}
