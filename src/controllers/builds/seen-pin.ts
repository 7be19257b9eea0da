import type { ContainerView } from '../../cluster-view/container.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';

/** An import Job whose import is over and whose last container holds the pin, or is about to. */
export interface SeenPin {
  /** The Job's uid. */
  readonly job: string;
  readonly node: string;
  /** False: the container has yet to start. */
  readonly holds: boolean;
}

export function pinOf(job: JobView, pods: readonly PodView[]): SeenPin | undefined {
  const pod = pods.find(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed');
  const imported = containerOf(pod, 'import')?.terminated?.exitCode === 0;
  const pin = containerOf(pod, 'pin');
  if (pod === undefined || !imported || pin === undefined || pin.terminated !== undefined) return undefined;
  return { job: job.metadata.uid, node: pod.nodeName ?? '', holds: pin.running };
}

function containerOf(pod: PodView | undefined, name: string): ContainerView | undefined {
  return pod?.containers.find((container) => container.name === name);
}
