import { podAnnotationPrefix } from '../api/labels.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { type ContainerView, projectContainers } from './container.ts';
import { listOf, ours, projectMeta, type Raw, rawOf, textOf } from './raw.ts';

/** A Pod, as far as enbi cares: one that asks for an image by annotation, or one of enbi's own Jobs. */
export interface PodView extends Observed {
  readonly nodeName?: string;
  readonly phase: string;
  /** `status.reason`, for example Evicted. */
  readonly reason: string;
  readonly message: string;
  readonly containers: readonly ContainerView[];
  /** Why the scheduler cannot place it; empty when it can. */
  readonly unschedulable: string;
  /** Who is making it end before its time (preemption, eviction, the node's shutdown); empty: nobody. */
  readonly disruption: string;
}

/** A Pod with an annotation of enbi's, be it misspelt: those are told. All others are not kept in memory. */
export function projectAskingPod(raw: unknown): PodView | undefined {
  // Most Pods of a cluster ask for nothing: no more is read of them.
  const annotations = rawOf(rawOf(rawOf(raw).metadata).annotations);
  if (!Object.keys(annotations).some((name) => name.startsWith(podAnnotationPrefix))) return undefined;
  const pod = projectPod(rawOf(raw));
  return ours(pod.metadata) ? undefined : pod;
}

/** A Pod of one of enbi's own Jobs. */
export function projectJobPod(raw: unknown): PodView | undefined {
  const pod = projectPod(rawOf(raw));
  return ours(pod.metadata) ? pod : undefined;
}

function projectPod(pod: Raw): PodView {
  const spec = rawOf(pod.spec);
  const status = rawOf(pod.status);
  const nodeName = textOf(spec.nodeName);
  return {
    metadata: projectMeta(pod),
    ...(nodeName === '' ? {} : { nodeName }),
    phase: textOf(status.phase),
    reason: textOf(status.reason),
    message: textOf(status.message),
    containers: projectContainers(spec, status),
    unschedulable: unschedulable(status),
    disruption: disruption(status),
  };
}

function unschedulable(status: Raw): string {
  const condition = listOf(status.conditions).find(
    (entry) => entry.type === 'PodScheduled' && entry.status === 'False',
  );
  return textOf(condition?.message);
}

/** https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
function disruption(status: Raw): string {
  const condition = listOf(status.conditions).find(
    (entry) => entry.type === 'DisruptionTarget' && entry.status === 'True',
  );
  return condition === undefined ? '' : `${textOf(condition.reason)}: ${textOf(condition.message)}`;
}
