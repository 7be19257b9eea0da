import { expect, test } from 'vitest';
import { aBuild, aContainer, aJob, aJobPod } from '../../../test/support/builders.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { jobName } from './names.ts';
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
  expect(pinOf(aJob(), pod === undefined ? [] : [pod], aBuild())).toEqual(expected);
});

const succeeded = aBuild({ status: { status: 'Succeeded', attempts: 2 } });

test.each<[string, string, typeof succeeded, boolean]>([
  ['its NixBuild has succeeded by its report', jobName(succeeded, 'import'), succeeded, true],
  [
    'its NixBuild is still importing',
    jobName(succeeded, 'import'),
    aBuild({ status: { status: 'Importing', attempts: 2 } }),
    false,
  ],
  ['it is of an attempt before', jobName(aBuild({ status: { attempts: 1 } }), 'import'), succeeded, false],
])('whether a Job is about to hold a pin whose import still runs: %s', (_, name, build, expected) => {
  const pod = aPinPod(states.starting);
  const { terminated: __, ...running } = pod.containers[0] ?? states.starting;
  const containers = [{ ...running, running: true }, states.starting];
  const found = pinOf(aJob(name), [{ ...pod, containers }], build);
  expect(found).toEqual(expected ? { job: `uid-${name}`, node: 'node-1', holds: false } : undefined);
});
