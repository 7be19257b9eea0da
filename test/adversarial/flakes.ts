import { atVersion, readExample } from '../support/demo.ts';
import type { Repositories } from '../support/git-server-manifests.ts';
import { attacks } from './attacks.ts';

/** What attackers serve, and `hello`, which their victims build. */
export async function attackRepositories(): Promise<Repositories> {
  const hello = await readExample('hello');
  const theirs = attacks.flatMap(({ repositories = {} }) => Object.entries(repositories));
  return { hello: { '1.0.0': atVersion(hello, '1.0.0') }, ...Object.fromEntries(theirs) };
}
