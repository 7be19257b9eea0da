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
    const top = { ...(await packBundle(options.program ?? 'src/main/main.ts', file)), file };
    const images: Image[] = [];
    for (const architecture of architectures) images.push(await buildFor(architecture, top, options.report));
    const image = composeIndex(images);
    await writeArchive(image, name, archive);
    return { archive, name, digest: image.descriptor.digest };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function buildFor(architecture: Architecture, top: Layer & Blob, report: (line: string) => void): Promise<Image> {
  const rootfs = await ensureRootfs(architecture, report);
  const layers = [await ensureDebianLayer(architecture, rootfs, report), top];
  const [unpacked, compressed] = [
    sum(layers.map((layer) => layer.unpackedSize)),
    sum(layers.map((layer) => layer.size)),
  ];
  report(`${architecture}: ${megabytes(unpacked)} unpacked, ${megabytes(compressed)} compressed`);
  return composeImage(architecture, layers);
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
