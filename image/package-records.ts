import { execFile } from 'node:child_process';
import { chmodSync, globSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { makeDirectory } from './directory.ts';

const run = promisify(execFile);

/** Where tools that look through images find the Debian packages of one that has no dpkg: a file for each. */
export const recordsDirectory = 'var/lib/dpkg/status.d';

const archives = 'var/cache/apt/archives';
const documentation = 'usr/share/doc';
const fields = ['Package', 'Source', 'Version', 'Architecture', 'Maintainer', 'Homepage'];

/** A Debian package of which at least one file is in an image. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** `all` for what is the same everywhere. */
  readonly architecture: string;
}

/**
 * Says in the rootfs of which Debian packages its files are: the image holds few files of many packages, and nothing else would
 * tell. Throws when a file is of none, since the record would then lie.
 */
export async function recordPackages(packages: string, rootfs: string, files: readonly string[]): Promise<void> {
  makeDirectory(rootfs, recordsDirectory);
  const unclaimed = new Set(files);
  const copyrights = new Set<string>();
  for (const name of globSync('*.deb', { cwd: join(packages, archives) }).toSorted()) {
    const deb = join(packages, archives, name);
    const claimed = (await filesOf(deb)).filter((path) => unclaimed.delete(path));
    if (claimed.length === 0) continue;
    copyrights.add(await writeRecord(deb, rootfs));
  }
  if (unclaimed.size > 0) throw new Error(`no Debian package has ${[...unclaimed].join(', ')}`);
  copyCopyrights([...copyrights], packages, rootfs);
}

/** Paths without a leading slash; no shell sees the file's name. */
async function filesOf(deb: string): Promise<readonly string[]> {
  const list = ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar --list', 'sh', deb];
  const { stdout } = await run('sh', list, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').map((path) => normalize(path));
}

/** Whoever hands on the files hands these on with them. Packages of one source have the same, of megabytes: it is there once. */
function copyCopyrights(names: readonly string[], packages: string, rootfs: string): void {
  const holders = new Map<string, string>();
  for (const name of names) {
    const path = join(documentation, name, 'copyright');
    const text = readFileSync(join(packages, path), 'latin1');
    const holder = holders.get(text);
    makeDirectory(rootfs, join(documentation, name));
    if (holder !== undefined) symlinkSync(`../${holder}/copyright`, join(rootfs, path));
    else writeReadable(join(rootfs, path), Buffer.from(text, 'latin1'));
    holders.set(text, holder ?? name);
  }
}

/** The package's name. */
async function writeRecord(deb: string, rootfs: string): Promise<string> {
  const { stdout } = await run('dpkg-deb', ['--field', deb, ...fields]);
  const { name } = parseRecord(stdout);
  writeReadable(join(rootfs, recordsDirectory, name), Buffer.from(stdout));
  return name;
}

/** By everybody, whatever the umask. */
function writeReadable(path: string, content: Buffer): void {
  writeFileSync(path, content);
  chmodSync(path, 0o644);
}

/** The packages that a rootfs says it has files of, by name. */
export function recordedPackages(rootfs: string): readonly DebianPackage[] {
  const directory = join(rootfs, recordsDirectory);
  return readdirSync(directory)
    .toSorted()
    .map((name) => parseRecord(readFileSync(join(directory, name), 'utf8')));
}

export function parseRecord(text: string): DebianPackage {
  const found = new Map(
    text.split('\n').map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
  );
  const [name, version, architecture] = ['Package', 'Version', 'Architecture'].map((field) => found.get(field));
  if (name === undefined || version === undefined || architecture === undefined) {
    throw new Error(`no record of a Debian package: ${text.slice(0, 200)}`);
  }
  return { name, version, architecture };
}
