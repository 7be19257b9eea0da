import { execFile, spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asError, UserError } from '../src/errors.ts';
import type { Architecture } from './architecture.ts';
import { neverUnpacked, packages, suite, unpackedAllTheSame } from './contents.ts';

const run = promisify(execFile);

/** What is taken of a Debian. */
export interface Selection {
  readonly suite: string;
  /** With all that they depend on. */
  readonly packages: readonly string[];
  /** Of dpkg, such as which paths to leave out. */
  readonly dpkgOptions: readonly string[];
}

const forImage: Selection = {
  suite,
  packages,
  // The last that matches counts.
  dpkgOptions: [
    ...neverUnpacked.map((path) => `path-exclude=${path}`),
    ...unpackedAllTheSame.map((path) => `path-include=${path}`),
  ],
};

/** Installs mmdebstrap where that is ours to do (root on Debian), and says what to do by hand elsewhere. */
export async function ensureMmdebstrap(report: (line: string) => void): Promise<void> {
  const byHand = 'apt-get install mmdebstrap debian-archive-keyring';
  if (process.getuid?.() !== 0) {
    throw new UserError('NotRoot', `Debian packages are unpacked with their owners: run as root (and once: ${byHand})`);
  }
  if (existsSync('/usr/bin/mmdebstrap')) return;
  if (!existsSync('/usr/bin/apt-get')) throw new UserError('ProgramMissing', `mmdebstrap is missing: ${byHand}`);
  report('installing mmdebstrap …');
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', 'mmdebstrap', 'debian-archive-keyring']);
}

/** The Debian mirror of this machine, from its own apt sources; ENBI_DEBIAN_MIRROR names another. */
export async function debianMirror(): Promise<string> {
  const named = process.env['ENBI_DEBIAN_MIRROR'];
  if (named !== undefined) return named;
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const mirror = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (mirror !== undefined) return mirror;
  throw new UserError('NoDebianMirror', 'no Debian mirror among the apt sources: name one in ENBI_DEBIAN_MIRROR');
}

/** What a mirror has now. */
export interface Resolved {
  /** `name version` of every package that would be unpacked, sorted. */
  readonly packages: readonly string[];
  /** The mirror's Release file, whose signature has been verified. */
  readonly release: string;
}

/** Takes some seconds, downloads the index only. */
export async function resolvePackages(
  architecture: Architecture,
  mirror: string,
  selection = forImage,
): Promise<Resolved> {
  const scratch = mkdtempSync(join(tmpdir(), 'enbi-debian-index-'));
  const target = join(scratch, 'root');
  try {
    const flags = ['--simulate', '--verbose', '--format=directory', '--skip=cleanup/apt/lists'];
    const output = await mmdebstrap([...flags, ...argumentsOf(selection, architecture, mirror, target)]);
    const resolved = [...output.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => `${name} ${version}`);
    if (resolved.length === 0) throw new Error(`mmdebstrap named no packages:\n${output.slice(-2000)}`);
    return { packages: resolved.toSorted(), release: releaseIn(join(target, 'var/lib/apt/lists')) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function releaseIn(lists: string): string {
  const [name] = globSync('*Release', { cwd: lists });
  return name === undefined ? '' : readFileSync(join(lists, name), 'utf8');
}

export async function unpackPackages(
  architecture: Architecture,
  mirror: string,
  directory: string,
  selection = forImage,
): Promise<void> {
  // The packages themselves stay beside what was in them: they tell which file is whose.
  await mmdebstrap(['--skip=cleanup/apt/cache', ...argumentsOf(selection, architecture, mirror, directory)]);
}

function argumentsOf(selection: Selection, architecture: Architecture, mirror: string, target: string): string[] {
  return [
    '--variant=extract', // no script of a package runs, so foreign architectures need no emulation
    '--mode=root',
    `--architectures=${architecture}`,
    `--include=${selection.packages.join(',')}`,
    // A mirror that is a dated snapshot has an index past its end; the signature is verified all the same.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    ...selection.dpkgOptions.map((option) => `--dpkgopt=${option}`),
    selection.suite,
    target,
    `deb ${mirror} ${selection.suite} main`,
  ];
}

function mmdebstrap(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('mmdebstrap', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
    child.on('error', (error) => reject(asError(error)));
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`mmdebstrap ended with ${code}:\n${output.slice(-2000)}`));
    });
  });
}
