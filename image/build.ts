import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { type Architecture, hostArchitecture } from './architecture.ts';
import { writeArchive } from './archive.ts';
import { packBundle } from './bundle.ts';
import { ensureDebianLayer } from './debian-layer.ts';
import type { Layer } from './layer.ts';
import { type Blob, composeImage, composeIndex, type Image } from './oci.ts';
import { ensureRootfs } from './rootfs.ts';

const root = join(import.meta.dirname, '..');

export interface ImageOptions {
  /** Default: this machine's. */
  readonly architectures?: readonly Architecture[];
  /** Default: below dist/. */
  readonly archive?: string;
  /** What the image runs; default: enbi. */
  readonly program?: string;
  readonly report: (line: string) => void;
}

export interface BuiltImage {
  /** Path of an OCI archive that `ctr -n k8s.io images import` loads as `name`. */
  readonly archive: string;
  readonly name: string;
  /** Of the manifest, or of the index when there are several architectures. */
  readonly digest: string;
  /** Of enbi and of npm packages, whose code is in it. */
  readonly sources: readonly string[];
  /** What its lower layer was made of, for each architecture. */
  readonly rootfs: ReadonlyMap<Architecture, string>;
}

/** Builds enbi's own image without a container engine. The same sources and packages give the same digest. */
export async function buildImage(options: ImageOptions): Promise<BuiltImage> {
  const architectures = options.architectures ?? [hostArchitecture()];
  const version = packageVersion();
  const name = `enbi.hrzn.ee/enbi:${version}`;
  const archive = options.archive ?? join(root, 'dist', `enbi-${version}-${architectures.join('-')}.tar`);
  const scratch = mkdtempSync(join(tmpdir(), 'enbi-image-'));
  try {
    const file = join(scratch, 'bundle.tar.gz');
    const { layer, sources } = await packBundle(options.program ?? 'src/main/main.ts', file);
    const built: BuiltFor[] = [];
    for (const architecture of architectures)
      built.push(await buildFor(architecture, { ...layer, file }, options.report));
    const image = composeIndex(built.map((each) => each.image));
    await writeArchive(image, name, archive);
    const rootfs = new Map(built.map((each) => [each.architecture, each.rootfs]));
    return { archive, name, digest: image.descriptor.digest, sources, rootfs };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

interface BuiltFor {
  readonly architecture: Architecture;
  readonly rootfs: string;
  readonly image: Image;
}

async function buildFor(
  architecture: Architecture,
  top: Layer & Blob,
  report: (line: string) => void,
): Promise<BuiltFor> {
  const rootfs = await ensureRootfs(architecture, report);
  const layers = [await ensureDebianLayer(architecture, rootfs, report), top];
  const [unpacked, compressed] = [
    sum(layers.map((layer) => layer.unpackedSize)),
    sum(layers.map((layer) => layer.size)),
  ];
  report(`${architecture}: ${megabytes(unpacked)} unpacked, ${megabytes(compressed)} compressed`);
  return { architecture, rootfs, image: composeImage(architecture, layers) };
}

function packageVersion(): string {
  const Package = z.object({ version: z.string() });
  return Package.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
