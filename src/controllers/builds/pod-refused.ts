import { podRefused } from '../../cluster-view/outcome.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { lacksPod } from '../../cluster-view/pod-trouble.ts';
import { stageFailed } from './failing.ts';
import { sandboxIsDemanded } from './isolation.ts';
import { jobName } from './names.ts';
import type { SeenJob } from './observe.ts';
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
 * the cluster's default of Pod Security, by a runtime that cannot map the volume's owners. It goes on without, once for all.
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
    sandboxRefused: why,
    progress: 'trying without the sandbox',
  };
  const message = `${why}; building ${build.spec.packageName} without the sandbox, Job ${jobName(begun, 'build')}`;
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
  if (pod !== undefined) return whyNotStarted(pod, now);
  if (!lacksPod(job, now) || !aboutSandbox.test(trouble)) return undefined;
  return `no sandboxed Pod could be made for Job ${job.metadata.name}: ${trouble}`;
}

/**
 * What of a Pod only the sandbox asks for, in the words of whoever refuses it for that. A full quota is no reason to build with
 * less between the builders; nor is a policy that does not say what it minds.
 */
const aboutSandbox = /hostUsers|procMount|seccomp|Unmasked|Unconfined|user ?namespace|PodSecurity|pod security/i;

const notStarting = new Set(['CreateContainerError', 'RunContainerError', 'CreateContainerConfigError']);

function whyNotStarted(pod: PodView, now: Date): string | undefined {
  const { name } = pod.metadata;
  const failed = pod.containers.find(({ terminated }) => terminated?.reason === 'StartError');
  if (failed !== undefined) return `container ${failed.name} of the sandboxed Pod ${name} could not be started`;
  if (ageMs(pod, now) < withoutSandboxWhenStuckMs) return undefined;
  const stuck = pod.containers.find(({ waiting }) => waiting !== undefined && notStarting.has(waiting));
  return stuck === undefined
    ? undefined
    : `container ${stuck.name} of the sandboxed Pod ${name} waits: ${stuck.waiting}`;
}

/** Nothing to fall back to is left. */
export const buildPodIsRefused: Rule = (situation) => podIsRefused(situation, situation.buildJob, 'Build');

export const importPodIsRefused: Rule = (situation) => podIsRefused(situation, situation.importJob, 'Import');

function podIsRefused(situation: Situation, { job, pod, trouble = '' }: SeenJob, stage: 'Build' | 'Import') {
  if (job === undefined || pod !== undefined || job.hadPods) return undefined;
  if (ageMs(job, situation.now) < (trouble === '' ? unexplainedAfterMs : refusedAfterMs)) return undefined;
  return stageFailed(situation, stage, podRefused(job.metadata, trouble));
}

function ageMs({ metadata }: { readonly metadata: { readonly creationTimestamp?: string } }, now: Date): number {
  return now.getTime() - Date.parse(metadata.creationTimestamp ?? '');
}
