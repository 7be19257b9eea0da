import { describe, expect, it } from 'vitest';
import { aBuild, aContainer, aPod } from '../../../test/support/builders.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { type LogSight, type LogStage, logStages, nextLog } from './next-log.ts';

type State = 'waits' | 'runs' | 'ended' | 'failed';

function jobPod(states: Partial<Record<LogStage, State>>, phase = 'Running'): PodView {
  const containers = logStages.flatMap((name): ContainerView[] => {
    const state = states[name];
    if (state === undefined) return [];
    const { waiting: _, ...container } = aContainer({ name, running: state === 'runs' });
    if (state === 'waits') return [{ ...container, waiting: 'PodInitializing' }];
    const terminated = { exitCode: state === 'failed' ? 10 : 0, reason: '', message: '', finishedAt: '' };
    return [state === 'ended' || state === 'failed' ? { ...container, terminated } : container];
  });
  return aPod({ name: 'job-pod', annotations: {}, phase, containers });
}

function sight(status: NixBuildStatus, given: Partial<LogSight> = {}, told: readonly LogStage[] = []): LogSight {
  const build = aBuild({ status: { attempts: 1, ...status } });
  const pods = { build: undefined, import: undefined };
  return { build, pods, follow: true, ...given, told: new Set(told.map((stage) => `1 ${stage}`)) };
}

const building = { status: 'Building' } as const;
const times = { importStarted: '2026-11-23T12:00:00Z' };
const importing = { status: 'Importing', stageTimes: times } as const;
const succeeded = { status: 'Succeeded', stageTimes: times } as const;
const failedBuild = { status: 'Failed' } as const;
const fetching = jobPod({ fetch: 'runs', build: 'waits' });
const built = jobPod({ fetch: 'ended', build: 'runs' });
const together = jobPod({ fetch: 'runs', build: 'runs' });
const fetchFailed = jobPod({ fetch: 'failed', build: 'failed' }, 'Failed');
const agentPod = aPod({
  name: 'agent-pod',
  annotations: {},
  phase: 'Running',
  containers: [aContainer({ name: 'agent', running: true })],
});
const pods = (build: LogSight['pods']['build'], import_?: LogSight['pods']['import']) => ({
  pods: { build, import: import_ },
});
const kept = { follow: false };

describe('the next log', () => {
  it.each<[string, LogSight, object]>([
    [
      'is waited for after a retry was asked for, though the Pod of the attempt before is there',
      {
        ...sight(failedBuild, pods(fetchFailed)),
        build: aBuild({ annotations: { 'enbi.hrzn.ee/retry': 'now' }, status: { ...failedBuild, attempts: 1 } }),
      },
      { type: 'wait' },
    ],
    [
      'is waited for until the attempt that was asked for has a node',
      sight({ status: 'Pending', attempts: 1, attemptsForgiven: 1 }, pods(fetchFailed)),
      { type: 'wait' },
    ],
    ['is waited for before there is a Pod', sight({ status: 'Pending' }), { type: 'wait' }],
    ['is that of fetch first', sight(building, pods(fetching)), { type: 'read', stage: 'fetch' }],
    ['is that of fetch first where both run', sight(building, pods(together)), { type: 'read', stage: 'fetch' }],
    [
      'is that of build when that of fetch has ended, though its Pod does not say so yet',
      sight(building, pods(together), ['fetch']),
      { type: 'read', stage: 'build' },
    ],
    ['is waited for while fetch runs', sight(building, pods(fetching), ['fetch']), { type: 'wait' }],
    ['is that of build then', sight(building, pods(built), ['fetch']), { type: 'read', stage: 'build' }],
    ['is waited for until the import', sight(building, pods(built), ['fetch', 'build']), { type: 'wait' }],
    [
      'is that of the import then',
      sight(importing, pods(built, agentPod), ['fetch', 'build']),
      { type: 'read', stage: 'import' },
    ],
    [
      'is none of a build that was not begun',
      sight(failedBuild, pods(fetchFailed), ['fetch']),
      { type: 'pass', stage: 'build' },
    ],
    [
      'is none of an import that never was, without a word',
      sight(failedBuild, pods(fetchFailed), ['fetch', 'build']),
      { type: 'pass', stage: 'import' },
    ],
    [
      'is said to be gone with its Pod, once',
      sight(succeeded),
      { type: 'pass', stage: 'fetch', text: expect.stringContaining('its Pod is gone') },
    ],
    [
      'is said to be gone after the time that it was kept',
      sight({ ...succeeded, logKeptUntil: '2026-11-23T12:05:00Z' }),
      {
        type: 'pass',
        stage: 'fetch',
        text: expect.stringContaining('this one until 2026-11-23T12:05:00Z at the longest'),
      },
    ],
    ['is said to be gone once only', sight(succeeded, {}, ['fetch']), { type: 'pass', stage: 'build' }],
    [
      'is said to be gone for the import too',
      sight(succeeded, {}, ['fetch', 'build']),
      {
        type: 'pass',
        stage: 'import',
        text: expect.stringContaining('so is the agent that did it'),
      },
    ],
    [
      'is not to be seen without the right to it',
      sight(importing, pods(built, 'forbidden'), ['fetch', 'build']),
      { type: 'status', stage: 'import' },
    ],
    [
      'is none of an import that never was, without the right to see it too',
      sight(failedBuild, pods(fetchFailed, 'forbidden'), ['fetch', 'build']),
      { type: 'pass', stage: 'import' },
    ],
    [
      'is waited for until the import, whatever the agent does, without the right to see it too',
      sight(building, pods(built, 'forbidden'), ['fetch', 'build']),
      { type: 'wait' },
    ],
    ['is waited for until there is an agent', sight(importing, pods(built), ['fetch', 'build']), { type: 'wait' }],
    [
      'is that of the next agent when one ended without an answer',
      sight({ ...importing, importJobName: 'next' }, pods(built, agentPod), logStages),
      { type: 'read', stage: 'import' },
    ],
    ['ends a success', sight(succeeded, {}, logStages), { type: 'end' }],
    [
      'is that of another attempt after a failure of the infrastructure',
      sight(building, {}, logStages),
      { type: 'wait' },
    ],
    [
      'is not waited for unless told to follow',
      sight(building, { ...kept, ...pods(built) }, logStages),
      { type: 'end' },
    ],
    [
      'is yet to come when not followed',
      sight(building, { ...kept, ...pods(built) }, ['fetch', 'build']),
      { type: 'pass', stage: 'import', text: 'is yet to come' },
    ],
    [
      'has not started when not followed',
      sight(building, { ...kept, ...pods(fetching) }, ['fetch']),
      { type: 'pass', stage: 'build', text: 'waits for fetch' },
    ],
    [
      'has not begun when not followed, though it runs',
      sight(building, { ...kept, ...pods(together) }, ['fetch']),
      { type: 'pass', stage: 'build', text: 'waits for fetch' },
    ],
    [
      'has not started when not followed and it is its turn',
      sight(building, { ...kept, ...pods(jobPod({ fetch: 'ended', build: 'waits' })) }, ['fetch']),
      { type: 'pass', stage: 'build', text: 'has not started yet: PodInitializing' },
    ],
    [
      'waits for no Pod of an attempt that has failed',
      sight({ status: 'Pending', nextAttemptTime: '2026-11-23T12:01:00Z' }),
      { type: 'pass', stage: 'fetch', text: expect.stringContaining('its Pod is gone') },
    ],
  ])('%s', (_, seen, expected) => expect(nextLog(seen)).toMatchObject(expected));

  it('never asks for a stage twice', () => {
    for (const stage of logStages) {
      const next = nextLog(sight(succeeded, {}, logStages.slice(0, logStages.indexOf(stage))));
      expect(next).toMatchObject({ type: 'pass', stage });
    }
  });
});
