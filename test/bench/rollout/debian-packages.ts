import { existsSync } from 'node:fs';
import { run } from '../../../cluster/command.ts';
import { UserError } from '../../../src/errors.ts';

/** Installs the packages whose programs are missing. */
export async function ensureDebianPackages(
  programs: Readonly<Record<string, string>>,
  report: (line: string) => void,
): Promise<void> {
  const missing = Object.keys(programs).filter((name) => !existsSync(programs[name] ?? ''));
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (!existsSync('/usr/bin/apt-get')) {
    throw new UserError('ProgramMissing', `missing on this machine (names of Debian packages): ${list}`);
  }
  report(`installing Debian packages: ${list}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing];
  if ((await run(install, { env })).code === 0) return;
  // The package lists of a fresh machine are empty or old.
  await run(['apt-get', 'update', '-qq'], { env });
  const { code, stderr } = await run(install, { env });
  if (code !== 0) throw new UserError('ProgramMissing', `apt-get could not install ${list}: ${stderr.slice(-1500)}`);
}
