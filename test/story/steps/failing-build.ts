import type { GitServer } from '../../support/git-server.ts';
import type { SeenBuild } from '../observed.ts';
import { namespace, type Scene } from '../scene.ts';
import { buildOf } from './first-version.ts';
import { deploymentOf, listOf } from './workload.ts';

const image = 'git.example/demo/broken:1.0';

/** A flake that does not build: the reason is where people look, and what failed is kept. */
export async function showFailingBuild(scene: Scene, git: GitServer): Promise<void> {
  const { terminal, kubectl, watched } = scene;
  terminal.act('A flake that does not build');
  const flakeUrl = `${git.url('broken')}?ref=refs/tags/{tag}`;
  await kubectl(['apply', '-f', '-'], listOf([deploymentOf({ name: 'broken', image, flakeUrl, replicas: 1 })]));
  terminal.say(`kubectl apply: Deployment broken, image ${image}`);
  const build = await watched.until(() => failedBuild(scene), { seconds: 180, what: `the NixBuild of ${image} fails` });
  terminal.live('');
  const told = () =>
    watched.all('Event').find((event) => event.reason === 'BuildFailed' && isAbout(event, 'Pod broken-'));
  const event = await watched.until(told, { seconds: 30, what: 'an event BuildFailed on the Pod' });
  showFailure(scene, build);
  await proveKept(scene, build);
  terminal.say(`the event is on ${event.about}, the reason on NixBuild ${build.name}`, 'good');
}

function failedBuild(scene: Scene): SeenBuild | undefined {
  const build = buildOf(scene, image);
  if (build?.status.status === 'Succeeded') throw new Error(`${image} was built, although its flake is broken`);
  return build?.status.status === 'Failed' ? build : undefined;
}

function isAbout(event: { readonly about: string }, prefix: string): boolean {
  return event.about.startsWith(prefix);
}

function showFailure({ terminal }: Scene, { status }: SeenBuild): void {
  const { failure } = status;
  if (failure?.reason !== 'BuilderFailed') throw new Error(`it failed for another reason: ${JSON.stringify(failure)}`);
  terminal.print('\nNixBuild status.failure:');
  terminal.print(`reason      ${failure.reason}, at stage ${failure.stage}`);
  terminal.print(`message     ${inColumn(failure.message)}`);
  terminal.print(`derivation  ${failure.derivation ?? ''}`);
  terminal.print(`reproduce   ${failure.reproduce ?? ''}`);
  terminal.print(`logTail     ${inColumn(failure.logTail ?? '')}`);
  terminal.print('');
}

function inColumn(text: string): string {
  return text.trimEnd().replaceAll('\n', `\n${' '.repeat(12)}`);
}

/** The Job counts its failed Pod a moment after enbi has read the reason from it. */
async function proveKept({ kubectl, terminal }: Scene, { status }: SeenBuild): Promise<void> {
  const job = status.buildJobName ?? '';
  await kubectl(['-n', namespace, 'wait', '--for=condition=Failed', `job/${job}`, '--timeout=30s']);
  const selector = `--selector=batch.kubernetes.io/job-name=${job}`;
  const pods = await kubectl(['-n', namespace, 'get', 'pods', selector, '-o', 'jsonpath={.items[*].metadata.name}']);
  if (pods === '') throw new Error(`the Pod of the failed Job ${job} is not kept`);
  terminal.say(`the failed Job and its Pod are kept: kubectl -n ${namespace} logs ${pods} --container build`, 'good');
}
