import type { FileHandle } from 'node:fs/promises';
import { limits } from '../limits.ts';
import type { Bundle, BundleFile } from './bundle.ts';
import { type Compression, decompressed } from './compression.ts';
import { type Cursor, chunksOf, FileCursor, passingChunksOf, StreamCursor } from './cursor.ts';
import type { ReadCount } from './read-count.ts';
import { refuseUnless } from './refusal.ts';
import { type TarEntry, tarEntries } from './tar.ts';
import { memberName } from './tar-names.ts';

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
      file: async (name) => fileOf(memberName(name), members, reader),
      [Symbol.asyncDispose]: close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

type Member = TarEntry & { repeated?: boolean };
type Members = ReadonlyMap<string, Member>;

async function membersIn(reader: Reader): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  for await (const entry of tarEntries(await reader.at(0))) {
    const { name, kind, sizeBytes, target } = entry;
    const before = members.get(name);
    const agree =
      before === undefined || (before.kind === kind && before.sizeBytes === sizeBytes && before.target === target);
    // The first would count here, the last for whoever extracts the archive.
    refuseUnless(agree, `the archive has two members ${name.slice(0, 200)} that are not the same`);
    members.set(name, before === undefined ? entry : { ...before, repeated: true });
  }
  return members;
}

function fileOf(name: string, members: Members, reader: Reader): BundleFile | undefined {
  const named = members.get(name);
  if (named === undefined || named.kind === 'directory') {
    return undefined;
  }
  const { sizeBytes, position, head, repeated = false } = followed(named, members);
  async function* open() {
    yield* chunksOf(await reader.at(position), sizeBytes);
  }
  return { name, sizeBytes, position, head, repeated, open };
}

/** Docker before version 25 wrote the second of two equal layers as a link to the first. Never out of the archive. */
function followed(named: Member, members: Members): Member {
  const name = named.name.slice(0, 200);
  let member = named;
  let repeated = member.repeated === true;
  for (let links = 1; member.kind === 'link'; links++) {
    refuseUnless(links <= limits.links, `${name} leads over more than ${limits.links} links`);
    refuseUnless(member.target !== undefined, `${name} is a link that leads out of the archive`);
    const next = members.get(member.target);
    refuseUnless(
      next !== undefined,
      `${name} is a link to ${member.target.slice(0, 200)}, which is not in the archive`,
    );
    repeated ||= next.repeated === true;
    member = next;
  }
  const what = member === named ? 'is' : 'is a link to';
  refuseUnless(
    member.kind === 'file',
    `${name} ${what} a ${member.kind === 'special' ? 'device' : member.kind}; enbi reads files only`,
  );
  return { ...member, repeated };
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
