import type { ContainerView } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ContainerText } from './explanation.ts';

export function containerTexts(pod: PodView): readonly ContainerText[] {
  return pod.containers.map((container) => ({
    name: container.list === 'app' ? container.name : `${container.name} (${container.list})`,
    image: container.image,
    state: stateOf(container),
  }));
}

function stateOf({ running, waiting, terminated }: ContainerView): string {
  if (running) return 'running';
  if (terminated !== undefined) {
    return `ended with ${terminated.exitCode}${terminated.reason === '' ? '' : ` (${terminated.reason})`}`;
  }
  return waiting === undefined ? 'not started' : `waits: ${waiting}`;
}
