import { podAnnotation } from '../api/labels.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { listOf, ours, projectMeta, type Raw, rawOf, textOf } from './raw.ts';

export type ContainerList = 'init' | 'app' | 'ephemeral';

export interface ContainerView {
  readonly list: ContainerList;
  readonly name: string;
  readonly image: string;
  readonly pullPolicy: string;
  /** Why the container waits, for example ErrImagePull; undefined when it does not. */
  readonly waiting?: string;
  readonly running: boolean;
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly message: string;
    readonly finishedAt: string;
  };
}

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
}

/**
 * Why a container waits while its image is missing (pkg/kubelet/images/types.go). InvalidImageName, ImageInspectError and
 * SignatureValidationFailed are not among them: building would not help.
 */
const imageIsMissing = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'RegistryUnavailable']);

export function waitsForImage(container: ContainerView): boolean {
  return container.waiting !== undefined && imageIsMissing.has(container.waiting);
}

/** A Pod that asks for an image by annotation; all others are not kept in memory. */
export function projectAskingPod(raw: unknown): PodView | undefined {
  const pod = projectPod(rawOf(raw));
  const asks = Object.keys(pod.metadata.annotations ?? {}).some((name) => name.startsWith(podAnnotation.flakeUrl));
  return asks && !ours(pod.metadata) ? pod : undefined;
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
    containers: [
      ...containersOf('init', spec.initContainers, status.initContainerStatuses),
      ...containersOf('app', spec.containers, status.containerStatuses),
      ...containersOf('ephemeral', spec.ephemeralContainers, status.ephemeralContainerStatuses),
    ],
    unschedulable: unschedulable(status),
  };
}

function containersOf(list: ContainerList, specs: unknown, statuses: unknown): ContainerView[] {
  const byName = new Map(listOf(statuses).map((status) => [textOf(status.name), status]));
  return listOf(specs).map((spec) => containerOf(list, spec, byName.get(textOf(spec.name)) ?? {}));
}

function containerOf(list: ContainerList, spec: Raw, status: Raw): ContainerView {
  const state = rawOf(status.state);
  const waiting = textOf(rawOf(state.waiting).reason);
  return {
    list,
    name: textOf(spec.name),
    image: textOf(spec.image),
    pullPolicy: textOf(spec.imagePullPolicy),
    ...(waiting === '' ? {} : { waiting }),
    running: state.running !== undefined,
    ...(state.terminated === undefined ? {} : { terminated: terminatedOf(rawOf(state.terminated)) }),
  };
}

function terminatedOf(state: Raw): NonNullable<ContainerView['terminated']> {
  return {
    exitCode: Number(state.exitCode ?? 0),
    reason: textOf(state.reason),
    message: textOf(state.message),
    finishedAt: textOf(state.finishedAt),
  };
}

function unschedulable(status: Raw): string {
  const condition = listOf(status.conditions).find(
    (entry) => entry.type === 'PodScheduled' && entry.status === 'False',
  );
  return textOf(condition?.message);
}
