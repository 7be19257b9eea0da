import { beforeEach, expect, it } from 'vitest';
import { aBuild, aBuilder, aContainer, aJob, aPod } from '../../test/support/builders.ts';
import { createMetrics } from '../adapters/prometheus/metrics.ts';
import type { JobView, NixBuild } from '../cluster-view/objects.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { countBuilders } from './count-builders.ts';

const image = 'enbi.hrzn.ee/enbi:0.1.0';
let jobs: JobView[];
let pods: PodView[];
let builds: NixBuild[];

beforeEach(() => {
  jobs = [];
  pods = [];
  builds = [];
});

function put(job: JobView, given: Partial<ReturnType<typeof aContainer>> = {}): void {
  const { waiting: _, ...container } = aContainer({ image, running: true, ...given });
  jobs.push(job);
  pods.push(aPod({ name: job.metadata.name, containers: [container] }));
}

async function counted(): Promise<readonly string[]> {
  const metrics = createMetrics(() => 0);
  const stores = {
    jobs: { list: () => jobs },
    jobPods: { by: (_: string, key: string) => pods.filter(({ metadata }) => key.includes(`/${metadata.name} `)) },
    builds: { by: (_: string, key: string) => builds.filter(({ status }) => key === `team/${status.buildJobName}`) },
  };
  countBuilders(stores as unknown as Parameters<typeof countBuilders>[0], metrics, { image });
  const { text } = await metrics.exposition();
  return text.split('\n').filter((line) => line.startsWith('enbi_builders'));
}

const counts = (idle: number, busy: number, other: number) => [
  `enbi_builders{state="idle"} ${idle}`,
  `enbi_builders{state="busy"} ${busy}`,
  `enbi_builders{state="otherVersion"} ${other}`,
];

it('counts no builder where none is', async () => {
  expect(await counted()).toEqual(counts(0, 0, 0));
});

it('counts builders that run by what they do, and no other Job', async () => {
  put(aBuilder('idle'));
  put(aBuilder('busy'));
  put(aBuilder('done'), { running: false });
  put(aBuilder('old'), { image: 'enbi.hrzn.ee/enbi:0.0.9' });
  put(aJob('a'));
  builds.push(aBuild({ status: { status: 'Building', buildNode: 'node-1', buildJobName: 'busy' } }));
  builds.push(aBuild({ status: { status: 'Importing', buildNode: 'node-1', buildJobName: 'idle' } }));
  expect(await counted()).toEqual(counts(1, 1, 1));
});
