import { TransientError } from '../errors.ts';
import { apiStatusOf } from './api-status.ts';
import type { ObjectRef } from './kube-object.ts';

/**
 * Objects of which the cache may be older than the last write: a write was sent and not answered, so that it may have taken
 * effect, or it met a conflict. Whoever wrote decides nothing before each of them has been read again.
 */
export class Doubts {
  readonly #refs = new Map<string, ObjectRef>();

  /** Runs a write and notes the object if nobody can tell whether it took effect. */
  async during<T>(ref: ObjectRef, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (thrown) {
      if (mayHaveTakenEffect(thrown)) this.note(ref);
      throw thrown;
    }
  }

  note(ref: ObjectRef): void {
    this.#refs.set(`${ref.kind} ${ref.namespace ?? ''}/${ref.name} ${ref.uid ?? ''}`, ref);
  }

  /** Reads each object again; rejects, and keeps what is left, when one cannot be read. */
  async settle(readAgain: (ref: ObjectRef) => Promise<void>): Promise<void> {
    for (const [name, ref] of this.#refs) {
      await readAgain(ref);
      this.#refs.delete(name);
    }
  }

  get none(): boolean {
    return this.#refs.size === 0;
  }
}

// What the server refuses (4xx) it has not done; an error of its own (5xx: etcd did not answer in time) leaves it open.
function mayHaveTakenEffect(thrown: unknown): boolean {
  return thrown instanceof TransientError && (apiStatusOf(thrown)?.code ?? 500) >= 500;
}
