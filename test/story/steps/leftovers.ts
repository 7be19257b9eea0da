import type { Scene } from '../scene.ts';
import { buildOf } from './first-version.ts';

/** After a success the NixBuild is the record. Its build Job stays for a while, for the next build or for its log; the agent waits for the next image. */
export async function proveJobsRemoved(scene: Scene, image: string): Promise<void> {
  const { watched, terminal } = scene;
  const build = buildOf(scene, image);
  if (build?.status.status !== 'Succeeded') throw new Error(`no NixBuild that succeeded is kept for ${image}`);
  const left = () => watched.all('Job').filter(({ component }) => component !== 'build' && component !== 'agent');
  await watched.until(() => (left().length === 0 ? true : undefined), {
    seconds: 30,
    what: `enbi's Jobs removed after ${build.name} succeeded`,
  });
  terminal.print('');
  const job = watched.all('Job').find(({ name }) => name === build.status.buildJobName);
  const why = job?.stays === true ? 'waits for the next build' : 'has ended and stays for its log';
  terminal.say(`NixBuild ${build.name} is kept; its build Job ${why}`, 'good');
}
