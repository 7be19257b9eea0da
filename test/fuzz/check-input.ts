import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../src/errors.ts';
import { noMemory } from '../../src/importer/memory/memory.ts';
import { headBytes } from '../../src/importer/source/compression.ts';
import { type Cursor, FileCursor, StreamCursor } from '../../src/importer/source/cursor.ts';
import { openSource } from '../../src/importer/source/open-source.ts';
import { ReadCount } from '../../src/importer/source/read-count.ts';
import { type TarEntry, tarEntries } from '../../src/importer/source/tar.ts';
import { verifiedContent } from '../../src/importer/source/verified-content.ts';
import { userReasons } from '../hostile/import-hostile.ts';

/** What an input became: `read`, or the reason why not. */
export type Outcome = string;

/** An input that was taken for what it is not, or was not refused properly. */
export class Finding extends Error {}

/** The whole way of what a flake built, up to every byte that would be sent. `path` lies directly below `store`. */
export async function checkSource(store: string, path: string): Promise<Outcome> {
  return outcomeOf(async () => {
    const reading = { system: 'x86_64-linux', memory: noMemory, count: new ReadCount() };
    await using source = await openSource({ root: store, path, name: '/nix/store/input' }, reading);
    for (const layer of source.layers) {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of verifiedContent(layer)) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      if (bytes > layer.sizeBytes) throw new Finding(`a layer of ${layer.sizeBytes} bytes gave ${bytes}`);
      // As the runtime does.
      const isRight = bytes === layer.sizeBytes && `sha256:${hash.digest('hex')}` === layer.digest;
      if (!isRight) throw new UserError('DigestMismatch', 'the content is not what its digest says');
    }
  });
}

/** The tar reader alone: however the bytes arrive, it tells the same, and nothing that is not in them. */
export async function checkTar(bytes: Buffer, path: string, chunkBytes: number): Promise<Outcome> {
  await using file = await open(path);
  const seekable = await listing(new FileCursor(file, bytes.length));
  const streamed = await listing(new StreamCursor(pieces(bytes, chunkBytes)));
  if (!isDeepStrictEqual(seekable, streamed)) {
    throw new Finding(`read from a file: ${show(seekable)}; in pieces of ${chunkBytes}: ${show(streamed)}`);
  }
  checkPlaces(seekable.entries, bytes);
  return seekable.outcome;
}

interface Listing {
  readonly entries: readonly TarEntry[];
  readonly outcome: Outcome;
}

async function listing(cursor: Cursor): Promise<Listing> {
  const entries: TarEntry[] = [];
  const outcome = await outcomeOf(async () => {
    for await (const entry of tarEntries(cursor)) entries.push(entry);
  });
  return { entries, outcome };
}

/** Members lie one after another, each with a header before it, and begin with what is told of them. */
function checkPlaces(entries: readonly TarEntry[], bytes: Buffer): void {
  let free = 512;
  for (const { name, position, sizeBytes, head } of entries) {
    const isInside = position >= free && position % 512 === 0 && position + sizeBytes <= bytes.length;
    const begins = bytes.subarray(position, position + Math.min(headBytes, sizeBytes)).equals(head);
    if (!isInside || !begins) throw new Finding(`${JSON.stringify(name)} is said to be at ${position} +${sizeBytes}`);
    free = position + sizeBytes + 512;
  }
}

async function outcomeOf(work: () => Promise<void>): Promise<Outcome> {
  try {
    await work();
    return 'read';
  } catch (thrown) {
    if (thrown instanceof UserError && userReasons.has(thrown.reason)) return thrown.reason;
    if (thrown instanceof Finding) throw thrown;
    throw new Finding(`threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`, { cause: thrown });
  }
}

async function* pieces(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function show({ entries, outcome }: Listing): string {
  return `${outcome} ${JSON.stringify(entries.map(({ name, sizeBytes, position }) => [name, sizeBytes, position]))}`;
}
