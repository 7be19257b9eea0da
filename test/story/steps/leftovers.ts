import type { Scene } from '../scene.ts';
import { buildOf } from './first-version.ts';

/** After a success the NixBuild is the record, and the Jobs that made it are gone. */
export async function proveJobsRemoved(scene: Scene, image: string): Promise<void> {
  const { watched, terminal } = scene;
  const build = buildOf(scene, image);
  if (build?.status.status !== 'Succeeded') throw new Error(`no NixBuild that succeeded is kept for ${image}`);
  const left = () => watched.all('Job').filter((job) => job.build === build.name || job.component === 'prepare');
  await watched.until(() => (left().length === 0 ? true : undefined), {
    seconds: 30,
    what: `enbi's Jobs removed after ${build.name} succeeded`,
  });
  terminal.print('');
  terminal.say(`NixBuild ${build.name} is kept, its Jobs are removed`, 'good');
}
