import { label } from '../../../src/api/labels.ts';
import { listOf, rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import type { Live } from '../server/live.ts';
import { BuildRuns } from '../stand-in/build-runs.ts';
import { stateOf } from '../stand-in/pods.ts';
import type { World } from '../world/world.ts';

/** What containers `build` real kubelets run for a world, by what they tell of them: from when `fetch` has handed over. */
export function watchRuns(world: World): BuildRuns {
  const runs = new BuildRuns();
  const begun = new Set<string>();
  world.listen(({ plural, before, after }) => {
    const pod = after ?? before;
    if (plural !== 'pods' || pod === undefined || !isOfBuild(pod, world)) return;
    const { running, terminated } = stateOf(pod, 'build');
    const { uid } = pod.metadata;
    const isHandedOver = rawOf(stateOf(pod, 'fetch').terminated).exitCode === 0;
    if (isHandedOver && (running !== undefined || terminated !== undefined) && !begun.has(uid)) {
      begun.add(uid);
      runs.begin(pod, Date.parse(startOf(pod)));
    }
    if (terminated !== undefined) runs.end(pod, Date.now(), rawOf(terminated).exitCode === 0);
    else if (after === undefined) runs.end(pod, Date.now());
  });
  return runs;
}

function isOfBuild({ metadata, spec }: Live, { tenant }: World): boolean {
  return (
    metadata.namespace === tenant &&
    metadata.labels?.[label.component] === 'build' &&
    listOf(rawOf(spec).containers).some(({ name }) => name === 'build')
  );
}

/** RFC 3339 of one length: the later one is the greater text. */
function startOf(pod: Live): string {
  const { running, terminated } = stateOf(pod, 'build');
  const handedOver = textOf(rawOf(stateOf(pod, 'fetch').terminated).finishedAt);
  const started = textOf(rawOf(running ?? terminated).startedAt);
  return handedOver > started ? handedOver : started;
}
