import { expect, test } from 'vitest';
import { label, manager } from '../../api/labels.ts';
import { reportLine } from '../../api/report.ts';
import { resource } from '../../cluster-view/resources.ts';
import { MemoryCluster, runInMemory } from '../memory-plugin.ts';

const spec = {
  flakeUrl: 'github:a/b',
  packageName: 'default',
  system: 'x86_64-linux',
  imageTag: 'git.example/hello:1',
};
const of = (step: 'fetch' | 'build', order: string) => [
  `[enbi] ${step} begins: order ${order}`,
  `${step} of ${order}`,
  reportLine({ step, order }, '{"ok":true}'),
];

/** A builder that was made for another NixBuild, has built this one, and is to be told more. */
function aCluster(): MemoryCluster {
  const cluster = new MemoryCluster();
  const failure = { stage: 'Import', reason: 'NameConflict', message: 'taken' };
  const status = { status: 'Failed', attempts: 1, buildJobName: 'other-build-1', failure };
  cluster.put(resource.builds, { metadata: { name: 'hello', namespace: 'team', uid: 'u' }, spec, status });
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'other-build-1', uid: 'j', controller: true };
  const marks = { [label.managedBy]: manager, [label.buildUid]: 'other', [label.builder]: 'kind' };
  const labels = { ...marks, 'batch.kubernetes.io/job-name': 'other-build-1' };
  const steps = ['fetch', 'build'] as const;
  const containerStatuses = steps.map((name) => ({ name, state: { running: {} } }));
  cluster.put(resource.pods, {
    metadata: { name: 'builder', namespace: 'team', labels, ownerReferences: [owner] },
    spec: { containers: steps.map((name) => ({ name })) },
    status: { phase: 'Running', containerStatuses },
  });
  for (const step of steps) {
    const log = [...of(step, 'other-1'), ...of(step, 'u-1'), ...of(step, 'next-1')];
    cluster.logs.set(`team/builder/${step}`, log.join('\n'));
  }
  return cluster;
}

test.each([[[]], [['--follow']]])('of a builder are those of one build alone %j', async (flags) => {
  const { out } = await runInMemory(['logs', ...flags, 'hello'], { cluster: aCluster() });
  expect(out.split('\n').slice(0, 4)).toEqual([
    'fetch  │ [enbi] fetch begins: order u-1',
    'fetch  │ fetch of u-1',
    'build  │ [enbi] build begins: order u-1',
    'build  │ build of u-1',
  ]);
  expect(out).not.toMatch(/other|next/);
});
