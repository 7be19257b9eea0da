import type { Scene } from '../scene.ts';
import { buildOf } from './first-version.ts';

/** After a success the NixBuild is the record. Its build Job has ended and stays for a while, for its log; the agent waits for the next image. */
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
  terminal.say(`NixBuild ${build.name} is kept; its build Job has ended and stays for its log`, 'good');
}
