import { setTimeout as sleep } from 'node:timers/promises';
import { Code } from '@connectrpc/connect';
import { TransientError, UserError } from '../../errors.ts';
import type { BlobWrite } from '../../importer/ports.ts';
import { failureOf, hasCode } from './failures.ts';
import { type WriteCall, writeAction } from './write-call.ts';

/** containerd takes messages of up to 16 MiB; 1 to 3 MiB were fastest. */
const messageBytes = 2 * 1024 * 1024;

export interface Writes {
  open(): WriteCall;
  /** Throws away what an unfinished write left. */
  abort(ref: string): Promise<unknown>;
  /** Whose writes these are. */
  readonly tenant: string;
}

export interface Patience {
  /** How long another writer of the same content is waited for. */
  readonly lockedSeconds: number;
  /** How long a runtime that is gone is waited for, from the last byte it took. */
  readonly goneSeconds: number;
}

/**
 * Each digest has one ref for a tenant, so an interrupted write is found again, by this process or the next, and a second importer waits
 * for the first instead of writing the same bytes beside it. Not for all: somebody who knows another's digest could write under it for hours.
 */
export async function writeBlob(
  writes: Writes,
  write: BlobWrite,
  patience: Patience = { lockedSeconds: 300, goneSeconds: 60 },
): Promise<'written' | 'present'> {
  const ref = refOf(writes.tenant, write.digest);
  const lockedUntil = Date.now() + patience.lockedSeconds * 1000;
  let gone = { since: Date.now(), offset: -1 };
  for (let attempt = 0; ; attempt++) {
    const outcome = await new Writing(writes.open(), write, ref).run();
    switch (outcome.is) {
      case 'written':
      case 'present':
        return outcome.is;
      case 'damaged':
        await writes.abort(ref).catch(() => {});
        if (!outcome.resumed) {
          throw outcome.error;
        }
        break;
      case 'locked':
        if (Date.now() > lockedUntil) {
          throw failureOf(outcome.error, `waiting for another writer of ${write.digest}`);
        }
        await sleep(Math.min(100 * 2 ** attempt, 2000));
        break;
      case 'cut':
        if (outcome.offset > gone.offset) {
          gone = { since: Date.now(), offset: outcome.offset };
          attempt = 0;
        }
        if (Date.now() > gone.since + patience.goneSeconds * 1000) {
          throw outcome.error;
        }
        await sleep(Math.min(100 * 2 ** attempt, 2000));
        break;
    }
  }
}

export function refOf(tenant: string, digest: string): string {
  return `enbi-${tenant}-${digest}`;
}

type Outcome =
  | { is: 'written' | 'present' }
  | { is: 'locked'; error: unknown }
  /** The runtime went away; `offset`: where it had begun this time, -1 when it did not answer at all. */
  | { is: 'cut'; error: TransientError; offset: number }
  /** `resumed`: what was there before may be the damage, so it is worth beginning anew. */
  | { is: 'damaged'; error: unknown; resumed: boolean };

/** One call of Content.Write: STAT tells where to go on, then the bytes, then COMMIT with the labels. */
class Writing {
  readonly #call: WriteCall;
  readonly #write: BlobWrite;
  readonly #ref: string;
  #begun = -1;
  #sourceFailed = false;

  constructor(call: WriteCall, write: BlobWrite, ref: string) {
    this.#call = call;
    this.#write = write;
    this.#ref = ref;
  }

  async run(): Promise<Outcome> {
    try {
      await this.#send();
      return { is: 'written' };
    } catch (thrown) {
      await this.#end();
      return this.#outcomeOf(thrown);
    }
  }

  /**
   * A call without a commit is ended, not broken off, while the runtime listens: else containerd would still be closing the
   * write while it is thrown away, and leave a part of it (in 2.4 a file `updatedat` that nothing collects).
   */
  async #end(): Promise<void> {
    if (this.#sourceFailed) await this.#call.finish().catch(() => {});
    this.#call.cancel();
  }

  #outcomeOf(thrown: unknown): Outcome {
    if (this.#sourceFailed) {
      return { is: 'damaged', error: thrown, resumed: false };
    }
    if (hasCode(thrown, Code.AlreadyExists)) {
      return { is: 'present' };
    }
    // Unavailable is also what a broken connection looks like; only the lock's own text tells.
    if (hasCode(thrown, Code.Unavailable) && String(thrown).includes('locked')) {
      return { is: 'locked', error: thrown };
    }
    if (hasCode(thrown, Code.FailedPrecondition)) {
      const message = `the content of ${this.#write.digest} is not what its digest or size says`;
      const error = new UserError('DigestMismatch', message, { cause: thrown });
      return { is: 'damaged', error, resumed: this.#begun > 0 };
    }
    const error = failureOf(thrown, `writing ${this.#write.digest}`);
    if (error instanceof TransientError && error.reason === 'ContainerdUnavailable') {
      return { is: 'cut', error, offset: this.#begun };
    }
    throw error;
  }

  async #send(): Promise<void> {
    const { digest, sizeBytes, labels } = this.#write;
    const blob = { ref: this.#ref, total: BigInt(sizeBytes), expected: digest };
    await this.#call.control({ ...blob, action: writeAction.stat });
    this.#begun = await this.#call.firstOffset();
    let offset = this.#begun;
    // One message is on its way while the next is read.
    let sent = Promise.resolve();
    for await (const data of untilFailure(this.#dataAfter(offset), this.#call.failed)) {
      await sent;
      sent = this.#sendData(offset, data);
      sent.catch(() => {});
      offset += data.length;
    }
    await sent;
    await this.#call.control({ ...blob, action: writeAction.commit, offset: BigInt(offset), labels });
    await this.#call.finish();
  }

  async #sendData(offset: number, data: Uint8Array): Promise<void> {
    await this.#call.data(offset, data);
    this.#write.spent?.(data);
  }

  /** Reads from the first byte even when only the rest is sent: the source checks what it gives, to its end. */
  async *#dataAfter(offset: number) {
    let skip = offset;
    try {
      for await (const chunk of this.#write.open()) {
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        if (skipped === chunk.length) {
          this.#write.spent?.(chunk);
        } else {
          yield* messagesOf(chunk.subarray(skipped));
        }
      }
    } catch (thrown) {
      this.#sourceFailed = true;
      throw thrown;
    }
  }
}

/** A source may be slow; what waits for it hears of the failure at once, and leaves the source to end by itself. */
async function* untilFailure<T>(items: AsyncIterable<T>, failed: Promise<never>) {
  const iterator = items[Symbol.asyncIterator]();
  let isUnderWay = true;
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), failed]);
      isUnderWay = false;
      if (next.done === true) return;
      yield next.value;
      isUnderWay = true;
    }
  } finally {
    const closing = iterator.return?.().catch(() => {});
    if (!isUnderWay) await closing;
  }
}

function* messagesOf(chunk: Uint8Array) {
  for (let at = 0; at < chunk.length; at += messageBytes) yield chunk.subarray(at, at + messageBytes);
}
