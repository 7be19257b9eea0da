import { expect, test } from 'vitest';
import { aContainer, aJob, aJobPod } from '../../../test/support/builders.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { pinOf, type SeenPin } from './seen-pin.ts';

const { waiting: _, ...idle } = aContainer({ name: 'pin', image: 'enbi' });
const states = {
  starting: { ...idle, waiting: 'PodInitializing' },
  holding: { ...idle, running: true },
  ended: { ...idle, terminated: { exitCode: 0, reason: 'Completed', message: '', finishedAt: '' } },
};

function aPinPod(pin: ContainerView | undefined, exitCode = 0, given: Partial<PodView> = {}): PodView {
  const pod = aJobPod({ import: { exitCode } });
  return { ...pod, containers: [...pod.containers, ...(pin === undefined ? [] : [pin])], ...given };
}

const pin: SeenPin = { job: 'uid-job', node: 'node-1', holds: true };

test.each<[string, PodView | undefined, SeenPin | undefined]>([
  ['the container that holds it runs', aPinPod(states.holding), pin],
  ['that container is about to start', aPinPod(states.starting), { ...pin, holds: false }],
  ['that container has ended', aPinPod(states.ended), undefined],
  ['the Pod is over', aPinPod(states.holding, 0, { phase: 'Failed' }), undefined],
  ['the import failed', aPinPod(states.starting, 10), undefined],
  ['the Pod was told to hold none', aPinPod(undefined), undefined],
  ['there is no Pod', undefined, undefined],
])('whether a Job holds a pin: %s', (_, pod, expected) => {
  expect(pinOf(aJob(), pod === undefined ? [] : [pod])).toEqual(expected);
});
