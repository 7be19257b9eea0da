import type { JobView } from '../../cluster-view/objects.ts';
import { podRefused } from '../../cluster-view/outcome.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { lacksPod } from '../../cluster-view/pod-trouble.ts';
import { printableLine } from '../../printable.ts';
import { blamesSandbox } from './about-sandbox.ts';
import { stageFailed } from './failing.ts';
import { sandboxIsDemanded } from './isolation.ts';
import { jobName } from './names.ts';
import type { SeenJob } from './seen-job.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, statusPatch, verdicts } from './status.ts';

/** The kubelet tries again and again what containerd or runc refuses. */
const withoutSandboxWhenStuckMs = 30_000;
/** A quota may have room again soon, a policy be mended: then the Job's own controller goes on. */
const refusedAfterMs = 60_000;
/** What nobody explains may be a Job's controller that is slow. */
const unexplainedAfterMs = 120_000;

/**
 * What node and namespace say of themselves allows a sandboxed build, and its Pod is refused all the same: by a policy, by
 * the cluster's default of Pod Security, by a runtime that cannot map the volume's owners. It goes on without, once for all, where
 * the words of the refusal are about what only the sandbox asks for.
 */
export const sandboxIsRefused: Rule = (situation) => {
  const { build, namespace, settings, buildJob: seen, now } = situation;
  if (build.status.isolation !== 'Sandboxed' || sandboxIsDemanded(namespace, settings.isolation)) return undefined;
  const why = whyRefused(seen, now);
  if (why === undefined) return undefined;
  // A Job's name is its attempt's; this one is nobody's failure.
  const { attempts = 0, attemptsForgiven = 0 } = build.status;
  const begun = { ...build, status: { ...build.status, attempts: attempts + 1 } };
  const change = {
    attempts: attempts + 1,
    attemptsForgiven: attemptsForgiven + 1,
    isolation: 'Unprivileged' as const,
    buildJobName: null,
    sandboxRefused: why,
    progress: 'trying without the sandbox',
  };
  const message = `${why}; building ${build.spec.packageName} without the sandbox, Job ${jobName(begun)}`;
  const status = statusPatch(build, change, verdicts.underWay('SandboxRefused', message), now);
  return {
    because: 'SandboxIsRefused',
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Warning', regarding: buildRef(build), reason: 'SandboxRefused', message }],
  };
};

function whyRefused({ job, pod, trouble = '' }: SeenJob, now: Date): string | undefined {
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  const blamed = (words = '') => blamesSandbox(words, namesIn(job));
  if (pod !== undefined) return whyNotStarted({ pod, trouble, now }, blamed);
  if (!lacksPod(job, now) || !blamed(trouble)) return undefined;
  return `no sandboxed Pod could be made for Job ${job.metadata.name}: ${trouble}`;
}

/** A Pod's name begins with its Job's, of which the API server may cut the end. */
function namesIn({ metadata: { name, namespace = '' } }: JobView): readonly string[] {
  return [name, name.slice(0, 57), namespace].filter((each) => each !== '');
}

const notStarting = new Set(['CreateContainerError', 'RunContainerError']);

/** The kubelet's words for a Pod of which nothing could be made yet. */
const noPodSandbox = /^Failed to create pod sandbox/i;

interface Unstarted {
  readonly pod: PodView;
  readonly trouble: string;
  readonly now: Date;
}

/** What a runtime cannot start for another reason (memory, a mount, a name that is still in use) it could not without the sandbox. */
function whyNotStarted({ pod, trouble, now }: Unstarted, blamed: (words?: string) => boolean): string | undefined {
  const { name } = pod.metadata;
  const failed = pod.containers.find(
    ({ terminated }) => terminated?.reason === 'StartError' && blamed(terminated.message),
  );
  if (failed !== undefined) {
    return `container ${failed.name} of the sandboxed Pod ${name} could not be started: ${wordsOf(failed.terminated?.message)}`;
  }
  if (ageMs(pod, now) < withoutSandboxWhenStuckMs) return undefined;
  const stuck = pod.containers.find(({ waiting = '', complaint }) => notStarting.has(waiting) && blamed(complaint));
  if (stuck !== undefined) {
    return `container ${stuck.name} of the sandboxed Pod ${name} waits: ${stuck.waiting}: ${wordsOf(stuck.complaint)}`;
  }
  return noPodSandbox.test(trouble) && blamed(trouble)
    ? `the sandboxed Pod ${name} does not start: ${trouble}`
    : undefined;
}

function wordsOf(text = ''): string {
  return printableLine(text, 300);
}

/** Nothing to fall back to is left. */
export const buildPodIsRefused: Rule = (situation) => podIsRefused(situation, situation.buildJob, 'Build');

export const importPodIsRefused: Rule = (situation) => podIsRefused(situation, situation.agent, 'Import');

function podIsRefused(situation: Situation, { job, pod, trouble = '' }: SeenJob, stage: 'Build' | 'Import') {
  if (job === undefined || pod !== undefined || job.hadPods) return undefined;
  if (ageMs(job, situation.now) < (trouble === '' ? unexplainedAfterMs : refusedAfterMs)) return undefined;
  return stageFailed(situation, stage, podRefused(job.metadata, trouble));
}

function ageMs({ metadata }: { readonly metadata: { readonly creationTimestamp?: string } }, now: Date): number {
  return now.getTime() - Date.parse(metadata.creationTimestamp ?? '');
}
