import type { NodeView } from '../../cluster-view/node.ts';
import { failure } from '../../cluster-view/outcome.ts';
import { retry } from './failing.ts';
import { lastingRefusalOf } from './node-fit.ts';
import type { Rule } from './situation.ts';
import { statusPatch, verdicts } from './status.ts';

/** How long a node may be silent: a restarted kubelet, or a reboot, is no reason to build everything again. */
const graceMs = 60_000;

/** A node that left the cluster, or has been silent for too long, while it is ours: another attempt, elsewhere. */
export const nodeIsGone: Rule = (situation) => {
  const { build, node, now } = situation;
  if (node !== undefined && (node.ready || graceLeftMs(node, now) > 0)) return undefined;
  const what = node === undefined ? 'left the cluster' : `is not ready since ${node.readySince}`;
  return retry(situation, failure('NodeLost', true, `node ${build.status.buildNode ?? ''} ${what}`));
};

/**
 * The status names a node that no build is sent to: it was labelled or tainted since, or whoever wrote the status chose it. What has
 * its Job goes on; an import comes after its build.
 */
export const nodeIsNoneForBuilds: Rule = (situation) => {
  const { build, node, settings, buildJob } = situation;
  if (node === undefined || buildJob.job !== undefined) return undefined;
  const why = lastingRefusalOf(node, build.spec.system, settings);
  if (why === undefined) return undefined;
  return retry(situation, failure('WaitingForNode', true, `node ${node.metadata.name} is none for builds: ${why}`));
};

/** What is on the node is left alone: its Pods may go on, and if they ended with it, their Jobs will say so. */
export const nodeIsSilent: Rule = ({ build, node, now }) => {
  if (node === undefined || node.ready) return undefined;
  const message =
    `node ${node.metadata.name} is not ready since ${node.readySince}; ` +
    `if it does not come back within ${graceMs / 1000} seconds, another attempt begins`;
  const progress = `node ${node.metadata.name} is not ready`;
  const status = statusPatch(build, { progress }, verdicts.underWay('NodeLost', message), now);
  const recheckAfterMs = Math.max(graceLeftMs(node, now), 1000);
  return { because: 'NodeIsSilent', actions: [], ...(status === undefined ? {} : { status }), recheckAfterMs };
};

/** NaN, which is not above zero, when the node does not say since when. */
function graceLeftMs({ readySince }: NodeView, now: Date): number {
  return Date.parse(readySince) + graceMs - now.getTime();
}
