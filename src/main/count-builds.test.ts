import { describe, expect, it } from 'vitest';
import { aPod } from '../../test/support/builders.ts';
import { createMetrics } from '../adapters/prometheus/metrics.ts';
import { label } from '../api/labels.ts';
import type { NixBuildStatus } from '../api/nix-build.ts';
import type { NixBuild } from '../cluster-view/objects.ts';
import type { Change } from '../runtime/store.ts';
import { countAgents, countBuilds } from './count-builds.ts';

const failure = { stage: 'Build', reason: 'BuilderFailed', message: 'no' } as const;
const times = { startTime: '2026-11-23T12:00:00.000Z', completionTime: '2026-11-23T12:00:30.000Z' };
const stageTimes = { importStarted: '2026-11-23T12:00:29.500Z', importFinished: '2026-11-23T12:00:29.750Z' };

const aBuild = (status: NixBuildStatus): NixBuild => ({
  metadata: { name: 'a', namespace: 'team', uid: 'a-uid', resourceVersion: '1' },
  spec: { flakeUrl: 'f', packageName: 'p', system: 'x86_64-linux', imageTag: 'i.example/i:1' },
  status,
});

/** What is counted when the build goes from one status to the next. */
async function counted(statuses: readonly NixBuildStatus[], leads = true): Promise<readonly string[]> {
  const metrics = createMetrics(() => 0);
  let tell: (change: Change<NixBuild>) => void = () => undefined;
  const list = () => statuses.slice(-1).map(aBuild);
  countBuilds({ list, subscribe: (listener) => ((tell = listener), () => undefined) }, metrics, () => leads);
  statuses.forEach((status, at) => {
    const before = statuses[at - 1];
    tell({ ...(before && { before: aBuild(before) }), after: aBuild(status) });
  });
  const { text } = await metrics.exposition();
  return text
    .split('\n')
    .filter((line) => /^enbi_(build_stages_total|(build|import)_duration_seconds_(sum|count)|nixbuilds)/.test(line));
}

describe('counting builds', () => {
  it('counts each stage that ended, and how long it took in all', async () => {
    const statuses: NixBuildStatus[] = [
      {},
      { status: 'Building' },
      { status: 'Importing' },
      { status: 'Succeeded', ...times, stageTimes },
      { status: 'Succeeded', ...times, stageTimes, nodes: ['a'] },
    ];
    expect(await counted(statuses)).toEqual([
      'enbi_build_stages_total{stage="Build",outcome="Succeeded"} 1',
      'enbi_build_stages_total{stage="Import",outcome="Succeeded"} 1',
      'enbi_build_duration_seconds_sum 30',
      'enbi_build_duration_seconds_count 1',
      'enbi_import_duration_seconds_sum 0.25',
      'enbi_import_duration_seconds_count 1',
      'enbi_nixbuilds{status="Succeeded"} 1',
    ]);
  });

  it('counts a failure once, by its reason', async () => {
    const statuses: NixBuildStatus[] = [
      { status: 'Building' },
      { status: 'Failed', failure },
      { status: 'Failed', failure, progress: 'x' },
    ];
    expect(await counted(statuses)).toEqual(
      expect.arrayContaining(['enbi_build_stages_total{stage="Build",outcome="BuilderFailed"} 1']),
    );
  });

  it('counts nothing but what there is while it stands by', async () => {
    const lines = await counted([{ status: 'Building' }, { status: 'Failed', failure }], false);
    expect(lines.filter((line) => !line.endsWith(' 0'))).toEqual(['enbi_nixbuilds{status="Failed"} 1']);
  });
});

it('counts the agents that run, where no tenant can make one', async () => {
  const metrics = createMetrics(() => 0);
  const agent = (namespace: string, phase: string, mark: string = label.agentOf) => {
    const pod = aPod({ name: 'agent', annotations: {}, phase, containers: [] });
    return { ...pod, metadata: { ...pod.metadata, namespace, labels: { [mark]: 'n' } } };
  };
  const pods = [agent('enbi', 'Running'), agent('enbi', 'Pending'), agent('team', 'Running')];
  countAgents({ list: () => [...pods, agent('enbi', 'Running', label.storeUid)] }, metrics, 'enbi');
  expect((await metrics.exposition()).text).toMatch(/^enbi_agents 1$/m);
});
