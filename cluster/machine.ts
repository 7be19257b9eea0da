import { UserError } from '../src/errors.ts';
import { run } from './command.ts';
import { findGo, goOfModules } from './preflight/observe.mjs';
import { goProblems } from './preflight/problems.mjs';
import { missingOf, type Need, programExists, toBuild, toRun } from './preflight/programs.mjs';

const toEmulate: readonly Need[] = [{ debianPackage: 'qemu-user-static', programs: ['qemu-aarch64-static'] }];

/** Refuses a machine the cluster cannot run on; installs missing Debian packages, where they can be installed. */
export async function prepareToRun(report: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux') {
    throw new UserError('MachineUnsuitable', `the cluster runs on Linux only, this is ${process.platform}`);
  }
  if (process.getuid?.() !== 0) {
    throw new UserError('MachineUnsuitable', 'the cluster needs root (namespaces, mounts, cgroups): run it with sudo');
  }
  await installMissing(toRun, report);
}

/** Refuses a machine the components cannot be built on. */
export function assertCanBuild(): void {
  const [problem] = goProblems({ go: findGo(), goOfModules: goOfModules() });
  if (problem !== undefined) throw new UserError('MachineUnsuitable', problem);
}

/** Installs the Debian packages that building the components takes, where they can be installed. */
export async function prepareToBuild(report: (line: string) => void): Promise<void> {
  assertCanBuild();
  await installMissing(toBuild, report);
}

const toCompare: readonly Need[] = [{ debianPackage: 'python3', programs: ['python3'] }];

/** Refuses a machine without what tests hold enbi's own work against; installs what is missing, where it can be installed. */
export async function prepareToCompare(report: (line: string) => void): Promise<void> {
  await installMissing(toCompare, report);
}

/** Refuses a machine that cannot emulate other architectures; installs what is missing, where it can be installed. */
export async function prepareToEmulate(report: (line: string) => void): Promise<void> {
  await installMissing(toEmulate, report);
}

async function installMissing(needs: readonly Need[], report: (line: string) => void): Promise<void> {
  const missing = missingOf(needs);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (!programExists('apt-get') || process.getuid?.() !== 0) {
    throw new UserError('MachineUnsuitable', `missing on this machine (names of Debian packages): ${list}`);
  }
  report(`installing Debian packages: ${list}`);
  const installed = await aptInstall(missing);
  const stillMissing = missingOf(needs);
  if (stillMissing.length === 0) return;
  throw new UserError(
    'MachineUnsuitable',
    `apt-get could not install ${stillMissing.join(' ')}: ${installed.slice(-1500)}`,
  );
}

async function aptInstall(packages: readonly string[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  const first = await run(install, { env });
  if (first.code === 0) return '';
  // The package lists of a fresh machine are empty or old.
  await run(['apt-get', 'update', '-qq'], { env });
  return (await run(install, { env })).stderr;
}
