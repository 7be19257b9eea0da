import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Before a scheme: then it is no transport of curl's, and nobody is asked. Letters alone, or libgit2 takes it for a path. */
export const noLargeFiles = 'enbiwithoutlfs';
const schemes = ['http', 'ssh', 'git'];

/**
 * With Git LFS a server says where a file is, and Nix (2.34) takes `file:///enbi/secret/password` for it: it tells the file's hash in an
 * error, and who knows that gets the file into the store. It has no setting against either. But it asks the server of the clone's remote
 * as libgit2 tells it, and that follows a configuration in HOME, which git itself does not read (settings.ts).
 */
export async function refuseLargeFiles(home: string): Promise<void> {
  const sections = schemes.map((scheme) => `[url "${noLargeFiles}${scheme}"]\n\tinsteadOf = ${scheme}\n`);
  await writeFile(join(home, '.gitconfig'), sections.join(''));
}

/** For git, which is given what is worked out from such a remote: the place of a submodule beside it. */
export const gitWithoutThat = schemes.map((scheme) => [`url.${scheme}.insteadOf`, `${noLargeFiles}${scheme}`] as const);
