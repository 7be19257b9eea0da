import { expect, test } from 'vitest';
import { aContainer, aJob, aPod } from '../../test/support/builders.ts';
import type { ContainerView } from './container.ts';
import { mayRun } from './may-run.ts';

const { waiting: _, ...fresh } = aContainer({ name: 'fetch' });
const waiting: ContainerView = { ...fresh, name: 'build' };
const running: ContainerView = { ...waiting, running: true };
const ended = (exitCode: number): ContainerView => ({
  ...fresh,
  terminated: { exitCode, reason: 'Completed', message: '', finishedAt: '' },
});
const pod = (phase: string, ...containers: readonly ContainerView[]) => aPod({ phase, containers });

test.each([
  ['has no Pod yet', {}, [], true],
  ['has no Pod and is being deleted', { deletionTimestamp: 'x' }, [], false],
  ['is being deleted while its Pod runs', { deletionTimestamp: 'x' }, [pod('Running', running)], true],
  ['is told to have ended', { ended: true }, [], false],
  ['is told to have ended, by somebody who sees no node', { ended: true }, [pod('Running', running)], false],
  ['has a Pod that waits', {}, [pod('Pending', fresh, waiting)], true],
  ['has a Pod that is between two containers', {}, [pod('Pending', ended(0), waiting)], true],
  ['has a Pod that runs', {}, [pod('Running', ended(0), running)], true],
  ['has a Pod whose first container failed', {}, [pod('Pending', ended(10), waiting)], false],
  [
    'has a Pod whose second container waits for the first',
    {},
    [pod('Running', { ...fresh, running: true }, running)],
    true,
  ],
  [
    'has a Pod whose second container was killed beside the first',
    {},
    [pod('Running', { ...fresh, running: true }, ended(137))],
    true,
  ],
  [
    'has a Pod whose first container failed, and the other is about to see it',
    {},
    [pod('Running', ended(10), running)],
    false,
  ],
  ['has a Pod whose containers have all ended', {}, [pod('Running', ended(0), ended(0))], false],
  ['has a Pod that was evicted', {}, [pod('Failed', fresh, waiting)], false],
  ['has a Pod that has succeeded', {}, [pod('Succeeded', ended(0))], false],
  ['has two Pods, one of which runs', {}, [pod('Failed', ended(10)), pod('Running', running)], true],
])('a Job that %s', (_, given, pods, expected) => {
  expect(mayRun(aJob('job', given), pods)).toBe(expected);
});
