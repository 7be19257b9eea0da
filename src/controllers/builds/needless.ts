import { aheadAnnotation } from '../../api/labels.ts';
import { waitsForImage } from '../../cluster-view/container.ts';
import { imagesAhead } from '../../cluster-view/images-ahead.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { ours } from '../../cluster-view/raw.ts';
import { type Plan, settled } from '../../runtime/plan.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, rfc3339, statusPatch, verdicts } from './status.ts';

/** The kubelet says within a second or two whether the image is there; news of the Pod comes by itself. */
const lookAgainMs = 2000;

/**
 * A Pod whose volume is missing is never looked at, and the kubelet waits for that first: whoever has Pods like that would have all slots
 * of a node, for ever.
 */
const patienceMs = 30_000;

/** Made ahead, and by now a Pod runs with an image of this name that enbi did not bring there. */
export const imageIsThere: Rule = (situation) =>
  isAhead(situation) && situation.waiting.length === 0 && situation.isInUse ? needless(situation) : undefined;

/**
 * Made ahead, it is loaded when somebody is known to wait for it: what a node has under this name may be of another version of the
 * same tag, or from elsewhere, and a Pod that starts is to have what was there.
 */
export const nobodyMissesIt: Rule = (situation) => {
  if (!isAhead(situation)) return undefined;
  return situation.waiting.length === 0 ? needless(situation) : untilMissed(situation);
};

/** Built, and its slot given back; the attempt goes on when it is missed. */
export const nobodyMissesItYet: Rule = (situation) => {
  const { nextAttemptTime, outPath } = situation.build.status;
  if (nextAttemptTime === undefined || outPath === undefined || !isAhead(situation)) return undefined;
  if (situation.waiting.length === 0) return needless(situation);
  return { ...settled('NobodyMissesIt'), recheckAfterMs: patienceMs };
};

function untilMissed({ build, now }: Situation): Plan {
  const message = 'built; it is loaded when the kubelet says that the image is missing';
  const leftMs = Date.parse(build.status.stageTimes?.buildFinished ?? '') + patienceMs - now.getTime();
  const aside = leftMs > 0 && leftMs <= patienceMs ? {} : withoutSlot(build, now);
  const change = { progress: 'built, waiting for the kubelet', ...aside };
  const status = statusPatch(build, change, verdicts.underWay('ImportRunning', message), now);
  const plan = { because: 'NobodyMissesIt', actions: [], recheckAfterMs: lookAgainMs };
  return status === undefined ? plan : { ...plan, status };
}

/** It counts as no attempt, and as due: what it waits for is no time. */
function withoutSlot({ status: { attemptsForgiven = 0 } }: NixBuild, now: Date) {
  const nextAttemptTime = rfc3339(now);
  return { status: 'Pending' as const, buildNode: null, nextAttemptTime, attemptsForgiven: attemptsForgiven + 1 };
}

/** Nothing of it was loaded, and nobody has missed it so far. */
function isAhead({ build, waiting }: Situation): boolean {
  const { metadata, status, spec } = build;
  if (metadata.annotations?.[aheadAnnotation] === undefined || !ours(metadata)) return false;
  return status.nodes === undefined && !waiting.some((pod) => misses(spec.imageTag, pod));
}

function misses(wanted: string, pod: PodView): boolean {
  const missing = [...pod.containers.filter(waitsForImage), ...imagesAhead(pod)];
  return missing.some(({ image }) => image === wanted);
}

function needless({ build }: Situation): Plan {
  const message = `not needed: ${build.spec.imageTag} was on the node of the Pod that it was made for, or that Pod is gone`;
  return {
    because: 'Needless',
    actions: [{ type: 'delete', ref: buildRef(build) }],
    events: [{ type: 'Normal', regarding: buildRef(build), reason: 'Cancelled', message }],
  };
}
