import { spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** The time of every file and of the image itself: the same content is the same digest, whenever it is made. */
export const sourceDateEpoch = 1_767_225_600; // 2026-01-01

export interface Layer {
  /** Of the compressed blob. */
  readonly digest: string;
  readonly size: number;
  /** Digest of the uncompressed tar, as the image's configuration names it. */
  readonly diffId: string;
  readonly unpackedSize: number;
}

/** Packs a directory as a compressed layer; the same tree gives the same bytes, at any time and whatever its files' times are. */
export async function packLayer(directory: string, blob: string): Promise<Layer> {
  const tar = spawn('tar', ['--create', ...reproducible, '--exclude=./dev/*', '--file=-', '.'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(tar, 'close');
  const plain: Tally = { size: 0, hash: createHash('sha256') };
  const packed: Tally = { size: 0, hash: createHash('sha256') };
  const written = pipeline(
    tar.stdout,
    (chunks) => count(chunks, plain),
    createGzip({ level: 9 }),
    (chunks) => count(chunks, packed),
    createWriteStream(blob),
  );
  // Together: what fails in both is told once, and leaves no rejection that nobody waits for.
  const [[code]] = await Promise.all([ended, written]);
  if (code !== 0) throw new Error(`tar of ${directory} ended with ${String(code)}`);
  return { digest: digest(packed), size: packed.size, diffId: digest(plain), unpackedSize: plain.size };
}

/** For GNU tar. PAX headers carry the process id and the file's times unless told otherwise. */
export const reproducible: readonly string[] = [
  '--sort=name',
  '--numeric-owner',
  `--mtime=@${sourceDateEpoch}`,
  '--format=posix',
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
];

interface Tally {
  size: number;
  readonly hash: Hash;
}

/** Passes bytes on, and counts and hashes them on the way. */
async function* count(chunks: AsyncIterable<Buffer>, tally: Tally): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    tally.size += chunk.length;
    tally.hash.update(chunk);
    yield chunk;
  }
}

function digest(tally: Tally): string {
  return `sha256:${tally.hash.digest('hex')}`;
}
