import { open, rename } from 'node:fs/promises';
import { progressPrefix } from '../../api/order.ts';
import { InternalError, UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { mebibytes } from '../progress.ts';
import { compressionOf } from '../source/compression.ts';
import { blockBytes, isTarHeader } from '../source/tar-header.ts';
import type { LogTail } from './log-tail.ts';
import type { Running } from './script.ts';

export interface StageCaps {
  readonly bytes: number;
  readonly seconds: number;
  readonly silentSeconds: number;
}

export const stageCaps: StageCaps = {
  bytes: limits.stagedBytes,
  seconds: limits.stagedSeconds,
  silentSeconds: limits.stagedSilentSeconds,
};

export interface StageDeps {
  readonly log: LogTail;
  readonly caps: StageCaps;
  readonly print: (line: string) => void;
}

/**
 * Keeps what the script writes as `target`, complete or not at all. Throws UserError `NotAnImage` when it writes something
 * else, fails, or does not come to an end.
 */
export async function stageImage(script: Running, target: string, deps: StageDeps): Promise<void> {
  script.errors.on('data', (chunk: Buffer) => deps.log.add(chunk));
  using watch = new Watch(script, deps.caps);
  const part = `${target}.part`;
  const bytes = await keepOutput(script, part, { ...deps, watch });
  const ending = await script.ended;
  refuseIf(watch.complaint !== undefined, `${watch.complaint}`, deps.log);
  refuseSandboxFailure(ending, bytes, deps.log);
  refuseIf(typeof ending === 'string', `was ended by ${ending}`, deps.log);
  refuseIf(ending !== 0, `ended with exit code ${ending}`, deps.log);
  refuseIf(bytes === 0, 'wrote nothing', deps.log);
  await rename(part, target);
  deps.print(`${progressPrefix}${mebibytes(bytes)} MiB streamed`);
}

async function keepOutput(script: Running, part: string, { caps, print, watch }: StageDeps & { watch: Watch }) {
  await using file = await open(part, 'w', 0o600);
  let bytes = 0;
  let printedAt = Date.now();
  for await (const chunk of startingWhole(script.output)) {
    if (bytes === 0 && !startsAnArchive(chunk)) {
      watch.stop('wrote something else than an archive');
    }
    bytes += chunk.length;
    if (bytes > caps.bytes) {
      watch.stop(`wrote more than ${mebibytes(caps.bytes)} MiB`);
    }
    if (watch.complaint !== undefined) {
      break;
    }
    await file.writeFile(chunk);
    watch.heard();
    if (Date.now() - printedAt >= 1000) {
      printedAt = Date.now();
      print(`${progressPrefix}${mebibytes(bytes)} MiB streamed`);
    }
  }
  return bytes;
}

/**
 * The same bytes, the first chunk with all of the first header: a shell script writes a few bytes at a time. A line of text
 * is told at its end, since whoever greets on the output may stay.
 */
async function* startingWhole(output: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    const next: Buffer = start === undefined ? chunk : Buffer.concat([start, chunk]);
    start = start === undefined || next.length >= blockBytes || next.includes('\n') ? undefined : next;
    if (start === undefined) {
      yield next;
    }
  }
  if (start !== undefined && start.length > 0) {
    yield start;
  }
}

function startsAnArchive(chunk: Buffer): boolean {
  return compressionOf(chunk) !== 'none' || isTarHeader(chunk.subarray(0, blockBytes));
}

/** Ends a script that has no end: too long, too quiet, too much. */
class Watch implements Disposable {
  complaint: string | undefined;
  readonly #script: Running;
  readonly #total: NodeJS.Timeout;
  readonly #silence: NodeJS.Timeout;

  constructor(script: Running, { seconds, silentSeconds }: StageCaps) {
    this.#script = script;
    this.#total = setTimeout(() => this.stop(`took more than ${seconds} s`), seconds * 1000);
    this.#silence = setTimeout(() => this.stop(`wrote nothing for ${silentSeconds} s`), silentSeconds * 1000);
  }

  heard(): void {
    this.#silence.refresh();
  }

  stop(complaint: string): void {
    this.complaint ??= complaint;
    this.#script.kill();
    this.#script.output.resume();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#total);
    clearTimeout(this.#silence);
  }
}

/** Not the user's fault: the container lacks a capability, or the node forbids namespaces. */
function refuseSandboxFailure(ending: number | string, bytes: number, log: LogTail): void {
  const ours = /^(unshare|setpriv): (?!failed to execute)/.test(log.text);
  if (ending !== 0 && bytes === 0 && ours) {
    throw new InternalError(
      'InternalError',
      `the script cannot be run apart from the node: ${log.text.trim().slice(0, 300)}`,
    );
  }
}

function refuseIf(condition: boolean, what: string, log: LogTail): void {
  if (condition) {
    const said = log.text === '' ? '' : `; it said: ${log.text.slice(-400)}`;
    throw new UserError(
      'NotAnImage',
      `the package built a program, not an image: run as a stream script, it ${what}${said}`,
    );
  }
}
