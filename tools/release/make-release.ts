import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Architecture } from '../../image/architecture.ts';
import { buildImage } from '../../image/build.ts';
import { licensesOf } from '../../image/licenses.ts';
import { recordedPackages } from '../../image/package-records.ts';
import { buildPlugin } from '../plugin.ts';
import { archiveOf } from './archive-directory.ts';
import { billOfMaterials, type ShippedFile } from './bill-of-materials.ts';
import { type Commit, checkedOutCommit } from './commit.ts';
import { fileNames } from './file-names.ts';
import { installManifest } from './install-manifest.ts';
import { krewManifest } from './krew-manifest.ts';
import { npmPackagesOf } from './npm-packages.ts';
import { releaseVersion } from './version.ts';

const root = join(import.meta.dirname, '../..');

export interface ReleaseOptions {
  readonly directory: string;
  readonly architectures: readonly Architecture[];
  /** Where the files will be for everybody. Without, there is no manifest for krew, which must name it. */
  readonly url?: string;
  readonly report: (line: string) => void;
}

interface Release extends ReleaseOptions {
  readonly version: string;
  readonly commit: Commit;
  readonly names: ReturnType<typeof fileNames>;
}

/** Writes all files of a release; the checksums come last, so that with them it is complete. Gives their names. */
export async function makeRelease(options: ReleaseOptions): Promise<readonly string[]> {
  const version = releaseVersion(root);
  const commit = await checkedOutCommit(root);
  if (commit.changed)
    options.report('warning: the checkout has changes that are in no commit, and so has this release');
  const release: Release = { ...options, version, commit, names: fileNames(version) };
  mkdirSync(options.directory, { recursive: true });
  rmSync(join(options.directory, release.names.checksums), { force: true });
  const shipped = [...(await writeImages(release)), await writePlugin(release)];
  const written = [
    ...shipped.map(({ name }) => name),
    release.names.completion,
    ...(await writeRest(release, shipped)),
  ].toSorted();
  const lines = await Promise.all(written.map(async (name) => `${await sha256Of(release, name)}  ${name}\n`));
  write(release, release.names.checksums, lines.join(''));
  return [...written, release.names.checksums];
}

/** One archive for each architecture: who needs one does not carry the other. */
async function writeImages(release: Release): Promise<readonly ShippedFile[]> {
  const files: ShippedFile[] = [];
  for (const architecture of release.architectures) {
    const name = release.names.image(architecture);
    const archive = join(release.directory, name);
    const { sources, rootfs } = await buildImage({ architectures: [architecture], archive, report: release.report });
    const debian = [...rootfs.values()].flatMap((directory) => recordedPackages(directory));
    const sha256 = await sha256Of(release, name);
    files.push({ name, sha256, purpose: 'CONTAINER', npm: packagesOf(sources), debian });
  }
  return files;
}

async function writePlugin(release: Release): Promise<ShippedFile> {
  const name = release.names.plugin;
  const { sources } = await buildPlugin(release.directory);
  write(release, release.names.licenses, licensesOf(sources));
  return { name, sha256: await sha256Of(release, name), purpose: 'APPLICATION', npm: packagesOf(sources), debian: [] };
}

/** What is worked out from the checkout, and from what ships; gives their names. */
async function writeRest(release: Release, files: readonly ShippedFile[]): Promise<readonly string[]> {
  const { names, version, commit, directory } = release;
  write(release, names.manifest, installManifest(root, version));
  write(release, names.chart, await archiveOf(join(root, 'charts'), ['enbi']));
  write(release, names.pluginArchive, await archiveOf(directory, [names.licenses, names.plugin]));
  write(release, names.sbom, `${JSON.stringify(billOfMaterials({ version, commit, files }), undefined, 2)}\n`);
  const krew = release.url === undefined ? [] : [await writeKrewManifest(release, release.url)];
  return [names.manifest, names.chart, names.licenses, names.pluginArchive, names.sbom, ...krew];
}

async function writeKrewManifest(release: Release, url: string): Promise<string> {
  const archive = release.names.pluginArchive;
  const sha256 = await sha256Of(release, archive);
  write(release, release.names.krew, krewManifest({ version: release.version, url, archive, sha256 }));
  return release.names.krew;
}

function packagesOf(sources: readonly string[]) {
  return npmPackagesOf(sources, readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

function write({ directory }: Release, name: string, content: string | Buffer): void {
  writeFileSync(join(directory, name), content);
}

async function sha256Of({ directory }: Release, name: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(directory, name)), hash);
  return hash.digest('hex');
}
