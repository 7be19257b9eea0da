import { statusOf } from '../server/live.ts';
import type { Stage } from '../stand-in/stand-in.ts';
import { addNode, allBuildsAre, aNixBuild, noJobsAreLeft } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** The Job of a success is there for a minute at least, and for another build that begins beside it; then it goes. */
export const logKept: Scenario = {
  name: 'log-kept',
  jobTtlSeconds: 300,
  async begin(stage) {
    await addNode(stage, 'node-1');
  },
  acts: [
    { when: () => true, make: (stage) => aNixBuild(stage, 'first') },
    { when: onlyTheBuildIsLeft, afterMs: 60_000, make: (stage) => aNixBuild(stage, 'second') },
  ],
  isDone: (stage) => allBuildsAre(stage, 'Succeeded') && noJobsAreLeft(stage),
};

function onlyTheBuildIsLeft(stage: Stage): boolean {
  const [job, another] = stage.world.list('jobs');
  if (job === undefined || another !== undefined || !allBuildsAre(stage, 'Succeeded')) return false;
  return job.metadata.name.includes('-build-') && Number(statusOf(job).succeeded ?? 0) === 1;
}
