import { podAnnotation } from '../../api/labels.ts';
import type { Reason } from '../../api/reasons.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { startsSlowly } from '../../cluster-view/pod-trouble.ts';
import { stuckReason } from '../../cluster-view/stuck.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { SeenJob } from './observe.ts';
import { progressOf } from './progress.ts';
import type { Situation } from './situation.ts';
import { buildRef, type StatusChange, statusPatch, verdicts } from './status.ts';

/** Its Pod tells by itself when it starts; only what holds it up is asked for. */
const lookAgainAtSlowMs = 20_000;

/** A Job that is under way, in the words for when nothing is wrong. */
interface Running {
  readonly because: string;
  readonly reason: Reason;
  readonly message: string;
  readonly progress: string;
  readonly lookAgainMs: number;
  readonly change?: StatusChange;
}

/** What keeps a Pod from starting until somebody does something. */
interface Holdup {
  readonly reason: 'SecretNotFound' | 'PodNotStarting';
  readonly message: string;
  readonly progress: string;
}

/** How far a Job is, or what holds it up. */
export function jobRuns({ build, now }: Situation, seen: SeenJob, running: Running): Plan {
  const holdup = holdupOf(build, seen);
  const progress = progressOf(seen, holdup?.progress ?? running.progress, build.status.progress);
  const { reason, message } = holdup ?? { ...running, message: stuckReason(seen.pod) ?? running.message };
  const status = statusPatch(build, { ...running.change, progress }, verdicts.underWay(reason, message), now);
  const isSlow = seen.pod !== undefined && startsSlowly(seen.pod, now);
  return {
    because: running.because,
    actions: [],
    ...(status === undefined ? {} : { status }),
    ...(status === undefined || holdup === undefined
      ? {}
      : { events: [{ type: 'Warning', regarding: buildRef(build), reason, message }] }),
    recheckAfterMs: isSlow ? lookAgainAtSlowMs : running.lookAgainMs,
  };
}

function holdupOf(build: NixBuild, { pod, trouble }: SeenJob): Holdup | undefined {
  if (trouble === undefined) return toldBefore(build);
  if (pod === undefined || trouble === '') return undefined;
  const { namespace = '', annotations } = build.metadata;
  const secret = annotations?.[podAnnotation.secretName];
  // The kubelet's words for it: pkg/kubelet/util/manager/watch_based_manager.go.
  if (secret === undefined || !trouble.includes(`secret "${secret}" not found`)) {
    return {
      reason: 'PodNotStarting',
      message: `Pod ${pod.metadata.name} does not start: ${trouble}`,
      progress: trouble,
    };
  }
  const progress = `Secret ${namespace}/${secret} does not exist`;
  const message =
    `${progress}. Create it, and the build goes on within two minutes; if its name is wrong, correct the annotation ` +
    `${podAnnotation.secretName} where you wrote it and delete this NixBuild`;
  return { reason: 'SecretNotFound', message, progress };
}

/** What could not be read now is as it was: else it would be two writes, there and back. */
function toldBefore({ status }: NixBuild): Holdup | undefined {
  const { reason, message = '' } = status.conditions?.find(({ type }) => type === 'Ready') ?? {};
  if (reason !== 'SecretNotFound' && reason !== 'PodNotStarting') return undefined;
  return { reason, message, progress: status.progress ?? '' };
}
