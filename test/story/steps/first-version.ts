import type { GitServer } from '../../support/git-server.ts';
import type { SeenBuild, SeenPod } from '../observed.ts';
import type { Scene } from '../scene.ts';
import { stagesOf, stageTable } from '../timeline.ts';
import { deploymentOf, listOf, serviceOf } from './workload.ts';

export const repository = 'git.example/demo/hello';
const replicas = 3;

/** A Deployment whose image exists nowhere comes up. */
export async function deployFirstVersion(scene: Scene, git: GitServer): Promise<void> {
  const { terminal, kubectl } = scene;
  const image = `${repository}:1.0`;
  terminal.act(`A Deployment names an image that exists nowhere: ${image}`);
  const flakeUrl = `${git.url('hello')}?ref=refs/tags/{tag}`;
  const manifests = [deploymentOf({ name: 'hello', image, flakeUrl, replicas }), serviceOf('hello')];
  await kubectl(['apply', '-f', '-'], listOf(manifests));
  terminal.say(`kubectl apply: Deployment hello with ${replicas} replicas, Service hello`);
  terminal.say(`its one annotation: enbi.hrzn.ee/nixbuild-flakeUrl: ${flakeUrl}`);
  await waitUntilServed(scene, image);
}

/** All replicas of `hello` are Ready with this image, and none with another is left. */
export async function waitUntilServed(scene: Scene, image: string): Promise<void> {
  const { watched, terminal } = scene;
  await watched.until(
    () => {
      refuseFailure(scene, image);
      const pods = watched.all('Pod').filter(({ app }) => app === 'hello');
      return pods.length === replicas && pods.every((pod) => pod.ready && pod.image === image) ? true : undefined;
    },
    { seconds: 240, what: `${replicas} Pods Ready with ${image}, and no others` },
  );
  terminal.live('');
  showStages(scene, image);
}

/** The story does not wait for what cannot come any more. */
function refuseFailure({ watched }: Scene, image: string): void {
  const { status, name } = buildOf({ watched }, image) ?? {};
  if (status?.status !== 'Failed') return;
  throw new Error(`NixBuild ${name} failed: ${status.failure?.reason}: ${status.failure?.message}`);
}

export function buildOf({ watched }: Pick<Scene, 'watched'>, image: string): SeenBuild | undefined {
  return watched.all('NixBuild').find(({ spec }) => spec.imageTag === image);
}

function showStages({ watched, timeline, terminal }: Scene, image: string): void {
  const build = buildOf({ watched }, image);
  const readyAt = (pod: SeenPod) => timeline.of(pod).ready ?? Number.POSITIVE_INFINITY;
  const pods = watched.all('Pod').filter((pod) => pod.app === 'hello' && pod.image === image);
  const [first] = pods.toSorted((a, b) => readyAt(a) - readyAt(b));
  if (build === undefined || first === undefined) throw new Error(`${image} runs, but nothing was built for it`);
  terminal.print(`\nPod ${first.name}, from created to Ready:`);
  terminal.print(stageTable(stagesOf(timeline.of(first), timeline.of(build))));
}
