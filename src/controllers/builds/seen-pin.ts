import type { ContainerView } from '../../cluster-view/container.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { jobName } from './names.ts';

/** An import Job whose import is over and whose last container holds the pin, or is about to. */
export interface SeenPin {
  /** The Job's uid. */
  readonly job: string;
  readonly node: string;
  /** False: the container has yet to start. */
  readonly holds: boolean;
}

/**
 * An import is over when its container has ended, or when its NixBuild has been seen to succeed by it: that was reported a moment before
 * the container ends, and whoever reads the status need not have heard it.
 */
export function pinOf(job: JobView, pods: readonly PodView[], build: NixBuild): SeenPin | undefined {
  const pod = pods.find(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed');
  const ended = containerOf(pod, 'import')?.terminated;
  const succeeded = build.status.status === 'Succeeded' && job.metadata.name === jobName(build, 'import');
  const imported = ended === undefined ? succeeded : ended.exitCode === 0;
  const pin = containerOf(pod, 'pin');
  if (pod === undefined || !imported || pin === undefined || pin.terminated !== undefined) return undefined;
  return { job: job.metadata.uid, node: pod.nodeName ?? '', holds: pin.running };
}

function containerOf(pod: PodView | undefined, name: string): ContainerView | undefined {
  return pod?.containers.find((container) => container.name === name);
}
