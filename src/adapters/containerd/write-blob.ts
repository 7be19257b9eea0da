import { setTimeout as sleep } from 'node:timers/promises';
import { Code } from '@connectrpc/connect';
import { UserError } from '../../errors.ts';
import type { BlobWrite } from '../../importer/ports.ts';
import type { Services } from './connection.ts';
import { failureOf, hasCode } from './failures.ts';

const action = { stat: 0, write: 1, commit: 2 } as const;

/** containerd takes messages of up to 16 MiB; 1 to 3 MiB were fastest. */
const messageBytes = 2 * 1024 * 1024;

export interface Patience {
  /** How long another writer of the same content is waited for. */
  readonly seconds: number;
}

/**
 * Each digest has one ref, so an interrupted write is found again and a second importer waits for the first instead of
 * writing the same bytes beside it.
 */
export async function writeBlob(
  content: Services['content'],
  write: BlobWrite,
  patience: Patience = { seconds: 300 },
): Promise<'written' | 'present'> {
  const ref = `enbi-${write.digest}`;
  const deadline = Date.now() + patience.seconds * 1000;
  for (let attempt = 0; ; attempt++) {
    const outcome = await new Writing(content, write, ref).run();
    switch (outcome.is) {
      case 'written':
      case 'present':
        return outcome.is;
      case 'damaged':
        await content.abort({ ref }).catch(() => {});
        if (!outcome.resumed) {
          throw outcome.error;
        }
        break;
      case 'locked':
        if (Date.now() > deadline) {
          throw failureOf(outcome.error, `waiting for another writer of ${write.digest}`);
        }
        await sleep(Math.min(100 * 2 ** attempt, 2000));
        break;
    }
  }
}

type Outcome =
  | { is: 'written' | 'present' }
  | { is: 'locked'; error: unknown }
  /** `resumed`: what was there before may be the damage, so it is worth beginning anew. */
  | { is: 'damaged'; error: unknown; resumed: boolean };

/** One call of Content.Write: STAT tells where to go on, then the bytes, then COMMIT with the labels. */
class Writing {
  readonly #content: Services['content'];
  readonly #write: BlobWrite;
  readonly #ref: string;
  readonly #start = Promise.withResolvers<number>();
  #resumed = false;
  #sourceFailure: unknown;

  constructor(content: Services['content'], write: BlobWrite, ref: string) {
    this.#content = content;
    this.#write = write;
    this.#ref = ref;
    this.#start.promise.catch(() => {});
  }

  async run(): Promise<Outcome> {
    try {
      for await (const { offset } of this.#content.write(this.#messages())) {
        this.#start.resolve(Number(offset));
      }
      return this.#sourceFailure === undefined
        ? { is: 'written' }
        : { is: 'damaged', error: this.#sourceFailure, resumed: false };
    } catch (thrown) {
      // The generator may still wait for the first answer, which will not come.
      this.#start.reject(thrown);
      return this.#outcomeOf(thrown);
    }
  }

  #outcomeOf(thrown: unknown): Outcome {
    if (this.#sourceFailure !== undefined) {
      return { is: 'damaged', error: this.#sourceFailure, resumed: false };
    }
    if (hasCode(thrown, Code.AlreadyExists)) {
      return { is: 'present' };
    }
    // Unavailable is also what a broken connection looks like; only the lock's own text promises that waiting helps.
    if (hasCode(thrown, Code.Unavailable) && String(thrown).includes('locked')) {
      return { is: 'locked', error: thrown };
    }
    if (hasCode(thrown, Code.FailedPrecondition)) {
      const message = `the content of ${this.#write.digest} is not what its digest or size says`;
      const error = new UserError('DigestMismatch', message, { cause: thrown });
      return { is: 'damaged', error, resumed: this.#resumed };
    }
    throw failureOf(thrown, `writing ${this.#write.digest}`);
  }

  async *#messages() {
    const { digest, sizeBytes, labels } = this.#write;
    const blob = { ref: this.#ref, total: BigInt(sizeBytes), expected: digest };
    yield { ...blob, action: action.stat };
    let offset = await this.#start.promise;
    this.#resumed = offset > 0;
    for await (const data of this.#dataAfter(offset)) {
      yield { action: action.write, offset: BigInt(offset), data };
      offset += data.length;
    }
    // The end of a call without a commit is waited for; were it broken off instead, containerd would still be closing the
    // write while it throws it away, and leave a part of it (in 2.4 a file `updatedat` that nothing collects).
    if (this.#sourceFailure !== undefined) return;
    yield { ...blob, action: action.commit, offset: BigInt(offset), labels };
  }

  /** Reads from the first byte even when only the rest is sent: the source checks what it gives, to its end. */
  async *#dataAfter(offset: number) {
    let skip = offset;
    try {
      for await (const chunk of this.#write.open()) {
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        for (let at = skipped; at < chunk.length; at += messageBytes) {
          yield chunk.subarray(at, at + messageBytes);
        }
      }
    } catch (thrown) {
      this.#sourceFailure = thrown;
    }
  }
}
