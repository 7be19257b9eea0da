import type { FileHandle } from 'node:fs/promises';
import type { Bundle, BundleFile } from './bundle.ts';
import { type Compression, decompressed } from './compression.ts';
import { type Cursor, chunksOf, FileCursor, passingChunksOf, StreamCursor } from './cursor.ts';
import type { ReadCount } from './read-count.ts';
import { refuseUnless } from './refusal.ts';
import { type TarEntry, tarEntries } from './tar.ts';

/** Reads the whole archive's table of contents, once; takes over the file handle. */
export async function openArchive(file: FileHandle, compression: Compression, count: ReadCount): Promise<Bundle> {
  const { size } = await file.stat();
  const from = (position = 0) => new FileCursor(file, size, { position, count });
  const reader =
    compression === 'none' ? plainReader(from) : new CompressedReader(() => passingChunksOf(from(), size), compression);
  const close = async () => {
    await reader.close();
    await file.close();
  };
  try {
    const members = await membersIn(reader);
    return {
      sideBySide: compression === 'none',
      file: async (name) => fileOf(members.get(name), reader),
      [Symbol.asyncDispose]: close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

type Member = TarEntry & { repeated?: boolean };

async function membersIn(reader: Reader): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  for await (const entry of tarEntries(await reader.at(0))) {
    const { name, kind, sizeBytes } = entry;
    const before = members.get(name);
    const agree = before === undefined || (before.kind === kind && before.sizeBytes === sizeBytes);
    // The first would count here, the last for whoever extracts the archive.
    refuseUnless(agree, `the archive has two members ${name.slice(0, 200)} that are not the same`);
    members.set(name, before === undefined ? entry : { ...before, repeated: true });
  }
  return members;
}

function fileOf(member: Member | undefined, reader: Reader): BundleFile | undefined {
  if (member === undefined || member.kind === 'directory') {
    return undefined;
  }
  const { name, kind, sizeBytes, position, head, repeated = false } = member;
  refuseUnless(
    kind === 'file',
    `${name.slice(0, 200)} is a ${kind === 'link' ? 'link' : 'device'}; enbi reads files only`,
  );
  async function* open() {
    yield* chunksOf(await reader.at(position), sizeBytes);
  }
  return { name, sizeBytes, position, head, repeated, open };
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
      this.#cursor = new StreamCursor(decompressed(this.#compression, this.#data()), { spareChunks: true });
    }
    await this.#cursor.skip(position - this.#cursor.position);
    return this.#cursor;
  }

  async close(): Promise<void> {
    await this.#cursor?.[Symbol.asyncDispose]();
    this.#cursor = undefined;
  }
}
