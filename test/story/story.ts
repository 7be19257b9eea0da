import { demoRepositories } from '../support/demo.ts';
import { deployGitServer } from '../support/git-server.ts';
import { followKubectl } from '../support/kubectl.ts';
import { lineOf, narrate } from './narrate.ts';
import type { Change } from './observed.ts';
import { namespace, type Place, type Scene } from './scene.ts';
import { showFailingBuild } from './steps/failing-build.ts';
import { deployFirstVersion, repository } from './steps/first-version.ts';
import { proveJobsRemoved } from './steps/leftovers.ts';
import { rollOver } from './steps/roll-over.ts';
import type { Terminal } from './terminal.ts';
import { createTimeline } from './timeline.ts';
import { watchCluster } from './watched.ts';

/** A Deployment whose image exists nowhere comes up; with `once`, all the rest of enbi's promise after it. */
export async function tellStory(place: Place, terminal: Terminal, signal: AbortSignal, once: boolean): Promise<void> {
  terminal.live('git       a server of the example flakes starts');
  const repositories = await demoRepositories();
  const git = await deployGitServer(place.kubectl, { namespace, image: place.image, repositories });
  terminal.live('');
  terminal.say(`git       serves the example flakes at ${git.url('hello')}`);
  const scene = openScene(place, terminal, signal);
  await deployFirstVersion(scene, git);
  await proveJobsRemoved(scene, `${repository}:1.0`);
  if (!once) return;
  await rollOver(scene);
  await proveJobsRemoved(scene, `${repository}:2.0`);
  await showFailingBuild(scene, git);
}

/** From here on everything that happens in the cluster is told as it happens. */
function openScene(place: Place, terminal: Terminal, signal: AbortSignal): Scene {
  const watched = watchCluster(
    (path, until, onLine) => followKubectl(place.program, ['get', '--raw', path], until, onLine),
    namespace,
    signal,
  );
  const timeline = createTimeline();
  watched.subscribe((change) => {
    timeline.record(change);
    tell(change, terminal);
  });
  return { ...place, terminal, watched, timeline, signal };
}

function tell(change: Change, terminal: Terminal): void {
  const { before, after } = change;
  if (after?.kind === 'NixBuild') {
    const { progress } = after.status;
    const was = before?.kind === 'NixBuild' ? before.status.progress : undefined;
    if (progress !== was) terminal.live(progress ?? '');
  }
  for (const sentence of narrate(change)) terminal.say(lineOf(sentence), sentence.tone);
}
