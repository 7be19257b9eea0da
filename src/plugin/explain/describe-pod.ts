import type { ContainerView } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Raw } from '../../cluster-view/raw.ts';
import type { ContainerText } from './explanation.ts';
import { endText, type Run, runsOf } from './runs.ts';

/** `raw` is the same Pod, where it is there as the API server has it: it knows of restarts. */
export function containerTexts(pod: PodView, raw: Raw = {}): readonly ContainerText[] {
  const runs = new Map(runsOf(raw).map((run) => [run.name, run]));
  return pod.containers.map((container) => ({
    name: container.list === 'app' ? container.name : `${container.name} (${container.list})`,
    image: container.image,
    state: stateOf(container, container.list === 'volume' ? undefined : runs.get(container.name)),
  }));
}

function stateOf({ running, waiting, terminated }: ContainerView, run: Run | undefined): string {
  if (running) return run === undefined || run.restarts === 0 ? 'running' : `running; before, it ${endText(run)}`;
  if (terminated !== undefined) {
    return `ended with ${terminated.exitCode}${terminated.reason === '' ? '' : ` (${terminated.reason})`}`;
  }
  if (waiting === undefined) return 'not started';
  return waiting === 'CrashLoopBackOff' && run?.ended !== undefined ? `waits: ${endText(run)}` : `waits: ${waiting}`;
}
