import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runOrThrow } from '../../../cluster/command.ts';
import { cacheKey, ensureCached } from '../../../image/cache.ts';
import { aLayer } from '../../support/images.ts';
import { closureOf, type StoreEntry, storeName, type Version } from './closure.ts';
import { openPodRoot } from './pod-root.ts';

/** The image the importers are measured with, in its two versions, as a builder would leave them. */
export interface BenchImage {
  /** What is mounted at /nix/store. */
  readonly store: string;
  /** Paths as Nix calls them. */
  readonly outputs: Readonly<Record<Version, Readonly<Record<Format, string>>>>;
}

export type Format = 'archive' | 'gzip' | 'stream';

export const benchRepository = '127.0.0.1:5000/bench/app';

/** Made once, the same bytes on every machine, then cached. */
export async function ensureBenchImage(report: (line: string) => void): Promise<BenchImage> {
  const sources = ['closure.ts', 'bench-image.ts', 'stream.py'];
  const texts = await Promise.all(sources.map((name) => readFile(join(import.meta.dirname, name), 'utf8')));
  const folder = await ensureCached('bench-import', cacheKey(texts), async (directory) => {
    report('making the image: about a minute, cached afterwards');
    await makeStore(join(directory, 'store'), report);
  });
  return { store: join(folder, 'store'), outputs: { one: outputsOf('one'), two: outputsOf('two') } };
}

function outputsOf(version: Version) {
  const path = (kind: Format) => `/nix/store/${storeName(`${kind}-${version}`)}`;
  return { archive: path('archive'), gzip: path('gzip'), stream: path('stream') };
}

async function makeStore(store: string, report: (line: string) => void): Promise<void> {
  await mkdir(store);
  await makeProgram(store);
  await makeCustomisationLayer(join(store, storeName('customisation-layer')));
  for (const version of ['one', 'two'] as const) {
    for (const entry of closureOf(version).flat()) await makeEntry(store, entry);
    await makeScript(store, version);
    report(`version ${version}: packing`);
    await makeArchives(store, version);
  }
}

/** Named and begun as nixpkgs does: enbi reads only what it knows. The Python in the store is this machine's. */
async function makeProgram(store: string): Promise<void> {
  const python = join(storeName('python3-3.11.9'), 'bin');
  await mkdir(join(store, python), { recursive: true });
  await symlink('/usr/bin/python3', join(store, python, 'python3.11'));
  const text = await readFile(join(import.meta.dirname, 'stream.py'), 'utf8');
  const begun = `#! /nix/store/${python}/python3.11\n${text}`;
  await writeFile(join(store, storeName('stream')), begun, { mode: 0o555 });
}

async function makeCustomisationLayer(directory: string): Promise<void> {
  const layer = aLayer({ 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n', 'bin/.keep': '' });
  await mkdir(directory);
  await writeFile(join(directory, 'layer.tar'), layer);
  await writeFile(join(directory, 'checksum'), `${createHash('sha256').update(layer).digest('hex')}\n`);
}

async function makeEntry(store: string, { name, files }: StoreEntry): Promise<void> {
  const root = join(store, name);
  // The other version has made it.
  await rm(root, { recursive: true, force: true });
  for (const { path, sizeBytes } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), contentOf(`${name}/${path}`, sizeBytes), { mode: 0o444 });
  }
}

/** Packs to about a half, as programs do; unlike any other file's. */
function contentOf(name: string, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const noise = cipher.update(Buffer.alloc(Math.ceil(sizeBytes / 2))).toString('hex');
  return Buffer.from(noise, 'latin1').subarray(0, sizeBytes);
}

async function makeScript(store: string, version: Version): Promise<void> {
  const conf = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    config: { Cmd: [`/nix/store/${storeName(`app-${version}`)}/lib/library.so`] },
    created: '1970-01-01T00:00:01+00:00',
    customisation_layer: `/nix/store/${storeName('customisation-layer')}`,
    from_image: null,
    gid: '0',
    gname: 'root',
    mtime: '1970-01-01T00:00:01+00:00',
    repo_tag: `${benchRepository}:${version}`,
    store_dir: '/nix/store',
    store_layers: closureOf(version).map((layer) => layer.map(({ name }) => `/nix/store/${name}`)),
    uid: '0',
    uname: 'root',
  };
  const confName = storeName(`bench-${version}-conf.json`);
  await writeFile(join(store, confName), JSON.stringify(conf), { mode: 0o444 });
  const program = `exec "/nix/store/${storeName('stream')}" /nix/store/${confName} "$@"`;
  await writeFile(join(store, storeName(`stream-${version}`)), `#! /bin/bash -e\n${program} \n`, { mode: 0o555 });
}

async function makeArchives(store: string, version: Version): Promise<void> {
  const { archive, gzip, stream } = outputsOf(version);
  const below = (path: string) => path.replace('/nix/store', store);
  await using root = await openPodRoot({ store });
  await using file = await open(below(archive), 'wx', 0o444);
  await root.write([stream], file.fd);
  await runOrThrow(['/bin/sh', '-c', 'exec gzip -nc "$1" > "$2"', 'sh', below(archive), below(gzip)]);
}
