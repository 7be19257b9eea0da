import { setTimeout as sleep } from 'node:timers/promises';
import type { Code } from '@connectrpc/connect';
import { TransientError } from '../../errors.ts';
import { failureOf, hasCode } from './failures.ts';

/**
 * Calls that may be repeated. A runtime that has answered once is waited for when it goes away, for a minute: it may just be
 * restarted. One that has never answered is not there.
 */
export class Calls {
  readonly #goneSeconds: number;
  #answered = false;

  constructor(goneSeconds = 60) {
    this.#goneSeconds = goneSeconds;
  }

  async make<T>(doing: string, call: () => Promise<T>): Promise<T> {
    const until = Date.now() + this.#goneSeconds * 1000;
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await call();
        this.#answered = true;
        return answer;
      } catch (thrown) {
        const error = failureOf(thrown, doing);
        const isGone = error instanceof TransientError && error.reason === 'ContainerdUnavailable';
        if (!this.#answered || !isGone || Date.now() > until) throw error;
        await sleep(Math.min(50 * 2 ** attempt, 2000));
      }
    }
  }

  /** Undefined: it was refused with this code. */
  unless<T>(code: Code, doing: string, call: () => Promise<T>): Promise<T | undefined> {
    return this.make(doing, async () => {
      try {
        return await call();
      } catch (thrown) {
        if (hasCode(thrown, code)) return undefined;
        throw thrown;
      }
    });
  }
}
