import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A downward-API volume, written as the kubelet does it (pkg/volume/util/atomic_writer.go). */
export class KubeletVolume {
  readonly #directory: string;
  #count = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(file: string, text: string): Promise<void> {
    const at = (name: string) => join(this.#directory, name);
    const before = await readlink(at('..data')).catch(() => undefined);
    const next = `..2026_11_30.${this.#count++}`;
    await mkdir(at(next), { recursive: true });
    await writeFile(join(at(next), file), text);
    await symlink(next, at('..data_tmp'));
    await rename(at('..data_tmp'), at('..data'));
    if (before === undefined) await symlink(`..data/${file}`, at(file));
    else await rm(at(before), { recursive: true });
  }
}
