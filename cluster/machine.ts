import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from '../src/errors.ts';
import { run } from './command.ts';

/** What the cluster takes from the machine: the Debian package and how to see that it is there. */
interface Need {
  readonly debianPackage: string;
  readonly isMet: () => boolean | Promise<boolean>;
}

const toRun: readonly Need[] = [
  { debianPackage: 'iproute2', isMet: () => programExists('ip') },
  { debianPackage: 'iptables', isMet: () => programExists('iptables') },
  { debianPackage: 'util-linux', isMet: () => programExists('nsenter') && programExists('unshare') },
  { debianPackage: 'mount', isMet: () => programExists('mount') },
  { debianPackage: 'openssl', isMet: () => programExists('openssl') },
  { debianPackage: 'busybox-static', isMet: () => existsSync('/bin/busybox') },
];

const toBuild: readonly Need[] = [
  { debianPackage: 'gcc', isMet: () => programExists('gcc') },
  { debianPackage: 'libc6-dev', isMet: () => existsSync('/usr/include/stdio.h') },
  { debianPackage: 'pkg-config', isMet: () => programExists('pkg-config') },
  {
    debianPackage: 'libseccomp-dev',
    isMet: async () => (await run(['pkg-config', '--exists', 'libseccomp'])).code === 0,
  },
];

const toEmulate: readonly Need[] = [
  { debianPackage: 'qemu-user-static', isMet: () => programExists('qemu-aarch64-static') },
];

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

/** Refuses a machine the components cannot be built on; installs missing Debian packages, where they can be installed. */
export async function prepareToBuild(report: (line: string) => void): Promise<void> {
  if (!programExists('go')) {
    throw new UserError(
      'MachineUnsuitable',
      'building the components needs Go 1.21 or later in PATH (it fetches the release that cluster/go.mod names): https://go.dev/dl',
    );
  }
  await installMissing(toBuild, report);
}

const toCompare: readonly Need[] = [{ debianPackage: 'python3', isMet: () => programExists('python3') }];

/** Refuses a machine without what tests hold enbi's own work against; installs what is missing, where it can be installed. */
export async function prepareToCompare(report: (line: string) => void): Promise<void> {
  await installMissing(toCompare, report);
}

/** Refuses a machine that cannot emulate other architectures; installs what is missing, where it can be installed. */
export async function prepareToEmulate(report: (line: string) => void): Promise<void> {
  await installMissing(toEmulate, report);
}

async function installMissing(needs: readonly Need[], report: (line: string) => void): Promise<void> {
  const missing = await missingPackages(needs);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (!programExists('apt-get') || process.getuid?.() !== 0) {
    throw new UserError('MachineUnsuitable', `missing on this machine (names of Debian packages): ${list}`);
  }
  report(`installing Debian packages: ${list}`);
  const installed = await aptInstall(missing);
  const stillMissing = await missingPackages(needs);
  if (stillMissing.length === 0) return;
  throw new UserError(
    'MachineUnsuitable',
    `apt-get could not install ${stillMissing.join(' ')}: ${installed.slice(-1500)}`,
  );
}

async function missingPackages(needs: readonly Need[]): Promise<string[]> {
  const missing: string[] = [];
  for (const need of needs) {
    // A probe may need a program that is itself missing.
    const isMet = await Promise.resolve()
      .then(need.isMet)
      .catch(() => false);
    if (!isMet) missing.push(need.debianPackage);
  }
  return missing;
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

function programExists(name: string): boolean {
  // An ordinary PATH of a user's shell lacks sbin, where ip and iptables live.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
