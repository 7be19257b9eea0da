import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOrThrow } from './command.ts';

export interface BusyboxImage {
  /** The fully qualified name the image gets where the archive is loaded. */
  readonly name: string;
  readonly entrypoint: readonly string[];
  /** Further programs of busybox that the image has in /bin. */
  readonly programs?: readonly string[];
}

/** Writes a docker-archive of one layer with the machine's own static busybox: an image from nothing but a Debian package. */
export async function writeBusyboxArchive(path: string, image: BusyboxImage): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'enbi-busybox-'));
  try {
    const root = join(work, 'root');
    await populate(root, ['sh', ...(image.programs ?? [])]);
    await pack(join(work, 'layer.tar'), root, ['.']);
    const diffId = createHash('sha256')
      .update(await readFile(join(work, 'layer.tar')))
      .digest('hex');
    await writeFile(join(work, 'config.json'), JSON.stringify(configOf(image, diffId)));
    await writeFile(
      join(work, 'manifest.json'),
      JSON.stringify([{ Config: 'config.json', RepoTags: [image.name], Layers: ['layer.tar'] }]),
    );
    await pack(path, work, ['manifest.json', 'config.json', 'layer.tar']);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function populate(root: string, programs: readonly string[]): Promise<void> {
  const busybox = join(root, 'bin', 'busybox');
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'tmp'));
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile('/bin/busybox', busybox);
  await chmod(busybox, 0o755);
  for (const program of new Set(programs)) await symlink('busybox', join(root, 'bin', program));
}

/** Times and owners are fixed, so that the same busybox always gives the same image. */
async function pack(archive: string, folder: string, entries: readonly string[]): Promise<void> {
  const reproducible = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@1'];
  await runOrThrow(['tar', ...reproducible, '--create', `--file=${archive}`, `--directory=${folder}`, ...entries]);
}

function configOf(image: BusyboxImage, diffId: string) {
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: image.entrypoint, Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
  };
}
