import { aheadAnnotation } from '../../api/labels.ts';
import { waitsForImage } from '../../cluster-view/container.ts';
import { imagesAhead } from '../../cluster-view/images-ahead.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { ours } from '../../cluster-view/raw.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, statusPatch, verdicts } from './status.ts';

/** The kubelet says within a second or two whether the image is there; news of the Pod comes by itself. */
const lookAgainMs = 2000;

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

function untilMissed({ build, now }: Situation): Plan {
  const message = 'built; it is loaded when the kubelet says that the image is missing';
  const verdict = verdicts.underWay('ImportRunning', message);
  const status = statusPatch(build, { progress: 'built, waiting for the kubelet' }, verdict, now);
  const plan = { because: 'NobodyMissesIt', actions: [], recheckAfterMs: lookAgainMs };
  return status === undefined ? plan : { ...plan, status };
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
