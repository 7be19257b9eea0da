import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** For git, by its whole name: by `ssh` alone no program is found. */
export const sshProgram = '/usr/bin/ssh';

/** Before all others in PATH. */
export function ownPrograms(home: string): string {
  return join(home, 'bin');
}

/**
 * For a repository's large files Nix itself runs `ssh HOST …`, with a host that git would refuse for its dash: `-oProxyCommand=…` is a
 * command. Such a host stands in the configuration of a repository that lies in the store, where a builder or an archive left it, and a
 * submodule or `builtins.fetchGit` names it. git has its own way to ssh (`sshProgram`); this one ends at a program that knows no `ssh`.
 */
export async function refuseSsh(home: string): Promise<void> {
  const programs = ownPrograms(home);
  await mkdir(programs);
  await symlink('/usr/bin/busybox', join(programs, 'ssh'));
}
