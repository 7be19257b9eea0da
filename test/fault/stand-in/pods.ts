import { listOf, type Raw, rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { type Live, statusOf } from '../server/live.ts';

/** Names of the containers of a Pod in the order they run. */
export function containersOf(pod: Live): readonly Raw[] {
  const spec = rawOf(pod.spec);
  return [...listOf(spec.initContainers), ...listOf(spec.containers)];
}

export function initsOf(pod: Live): readonly string[] {
  return listOf(rawOf(pod.spec).initContainers).map(({ name }) => textOf(name));
}

export function stateOf(pod: Live, container: string): Raw {
  const status = statusOf(pod);
  const all = [...listOf(status.initContainerStatuses), ...listOf(status.containerStatuses)];
  return rawOf(all.find(({ name }) => name === container)?.state);
}

export function nodeOf(pod: Live): string {
  return textOf(rawOf(pod.spec).nodeName);
}

export function isOver(pod: Live): boolean {
  const { phase } = statusOf(pod);
  return phase === 'Succeeded' || phase === 'Failed';
}

export function claimsOf(pod: Live): readonly string[] {
  return listOf(rawOf(pod.spec).volumes)
    .map((volume) => textOf(rawOf(volume.persistentVolumeClaim).claimName))
    .filter((name) => name !== '')
    .map((name) => `${pod.metadata.namespace}/${name}`);
}

/** The status with the states of some containers; the others keep theirs. */
export function withStates(pod: Live, states: Readonly<Record<string, object>>, rest: object = {}): object {
  const spec = rawOf(pod.spec);
  const statusesOf = (containers: readonly Raw[]) =>
    containers.map((container) => {
      const name = textOf(container.name);
      const state = states[name] ?? stateOf(pod, name);
      const isRunning = 'running' in state;
      return {
        name,
        image: textOf(container.image),
        imageID: isRunning ? `sha256:${'1'.repeat(64)}` : '',
        ready: isRunning,
        started: isRunning,
        restartCount: 0,
        state: Object.keys(state).length === 0 ? { waiting: { reason: 'PodInitializing' } } : state,
      };
    });
  const inits = listOf(spec.initContainers);
  return {
    phase: 'Pending',
    ...(inits.length === 0 ? {} : { initContainerStatuses: statusesOf(inits) }),
    containerStatuses: statusesOf(listOf(spec.containers)),
    ...rest,
  };
}
