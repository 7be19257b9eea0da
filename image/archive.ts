import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { reproducible } from './layer.ts';
import { archiveIndex, type Blob, type Image } from './oci.ts';

const run = promisify(execFile);

/** Writes an OCI archive; the file is there only when it is complete. */
export async function writeArchive(image: Image, name: string, archive: string): Promise<void> {
  mkdirSync(dirname(archive), { recursive: true });
  const directory = mkdtempSync(join(dirname(archive), '.image-'));
  try {
    const layout = join(directory, 'layout');
    mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
    writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(layout, 'index.json'), JSON.stringify(archiveIndex(image, name)));
    for (const blob of image.blobs) placeBlob(layout, blob);
    const tar = join(directory, 'archive.tar');
    const plain = ['--dereference', '--owner=0', '--group=0', '--mode=u+rwX,go+rX,go-w'];
    await run('tar', ['--create', ...reproducible, ...plain, `--file=${tar}`, 'blobs', 'index.json', 'oci-layout'], {
      cwd: layout,
    });
    renameSync(tar, archive);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Layers are large: the archive is made from where they lie. A hard link would count as a change of the file for the tar of
 * another build that reads it at that moment, and tar then fails. Architectures may share a layer.
 */
function placeBlob(layout: string, blob: Blob): void {
  const path = join(layout, 'blobs', 'sha256', blob.digest.replace('sha256:', ''));
  if (existsSync(path)) return;
  if (blob.content !== undefined) writeFileSync(path, blob.content);
  else if (blob.file !== undefined) symlinkSync(blob.file, path);
}
