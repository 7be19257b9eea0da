import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import type { Bundle, BundleFile } from './bundle.ts';
import { type Compression, decompressed } from './compression.ts';
import { type Cursor, chunksOf, FileCursor, StreamCursor } from './cursor.ts';
import type { ReadCount } from './read-count.ts';
import { type TarEntry, tarEntries } from './tar.ts';

/** Reads the whole archive's table of contents, once; takes over the file handle. */
export async function openArchive(file: FileHandle, compression: Compression, count: ReadCount): Promise<Bundle> {
  const { size } = await file.stat();
  const from = (position = 0) => new FileCursor(file, size, { position, count });
  const reader =
    compression === 'none' ? plainReader(from) : new CompressedReader(() => chunksOf(from(), size), compression);
  const close = async () => {
    await reader.close();
    await file.close();
  };
  try {
    const files = await filesIn(reader);
    return { file: async (name) => files.get(name), [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function filesIn(reader: Reader): Promise<Map<string, BundleFile>> {
  const files = new Map<string, BundleFile>();
  for await (const entry of tarEntries(await reader.at(0))) {
    // Of two members with one name the first: both are held against their digest anyway.
    if (!files.has(entry.name) && entry.kind !== 'other') {
      files.set(entry.name, fileOf(entry, reader));
    }
  }
  return files;
}

function fileOf(entry: TarEntry, reader: Reader): BundleFile {
  const { name, sizeBytes, position, head, kind } = entry;
  async function* open() {
    if (kind === 'link') {
      throw new UserError('InvalidArchive', `${name} is a link; enbi reads files only`);
    }
    yield* chunksOf(await reader.at(position), sizeBytes);
  }
  return { name, sizeBytes, position, head, open };
}

interface Reader {
  at(position: number): Promise<Cursor>;
  close(): Promise<void>;
}

function plainReader(from: (position: number) => Cursor): Reader {
  return { at: async (position) => from(position), close: async () => {} };
}

/** Goes on from where it is when it can: files read in order cost one decompression together. */
class CompressedReader implements Reader {
  readonly #data: () => AsyncIterable<Buffer>;
  readonly #compression: Compression;
  #cursor: StreamCursor | undefined;

  constructor(data: () => AsyncIterable<Buffer>, compression: Compression) {
    this.#data = data;
    this.#compression = compression;
  }

  async at(position: number): Promise<Cursor> {
    if (this.#cursor === undefined || this.#cursor.position > position) {
      await this.close();
      this.#cursor = new StreamCursor(decompressed(this.#compression, this.#data()));
    }
    await this.#cursor.skip(position - this.#cursor.position);
    return this.#cursor;
  }

  async close(): Promise<void> {
    await this.#cursor?.[Symbol.asyncDispose]();
    this.#cursor = undefined;
  }
}
