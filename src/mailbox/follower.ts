import { progressPrefix } from '../api/order.ts';
import { parseReport, type Said } from '../api/report.ts';
import { asError, PolicyError, TransientError } from '../errors.ts';
import { Backoff } from '../runtime/backoff.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import type { KubeClient, LogSelection } from '../runtime/kube-client.ts';
import type { Log } from '../runtime/log.ts';

export interface FollowerDeps {
  readonly client: Pick<KubeClient, 'followLog'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** What a follower tells, once each. */
export interface FollowerEars {
  readonly reported: () => void;
  /** The log may not be read; it has ended by that. */
  readonly refused: (error: PolicyError) => void;
}

export type FollowedContainer = Pick<LogSelection, 'namespace' | 'name' | 'container'>;

/**
 * A log that is taken up anew is read from its last lines on: a report is the last that a container says. After so many bytes the
 * stream ends and is taken up later and later, so that whoever writes fast is not read as fast.
 */
const bounds = { follow: true, tailLines: 40, limitBytes: 2 ** 20 } as const;
const again = { baseMs: 1000, capMs: 30_000 };
/** A stream that went on for so long was no failure. */
const calmMs = 10_000;
/** Characters of progress that are kept; people are shown fewer. */
const maxProgress = 800;

/** Listens to one container until it is stopped; whatever it says, only its newest progress and report are kept. */
export class Follower {
  /** Undefined before the first line. */
  said: Said | undefined;
  readonly #of: FollowedContainer;
  readonly #deps: FollowerDeps;
  readonly #ears: FollowerEars;
  readonly #stop = new AbortController();

  constructor(of: FollowedContainer, deps: FollowerDeps, ears: FollowerEars) {
    this.#of = of;
    this.#deps = deps;
    this.#ears = ears;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { clock, random } = this.#deps;
    const { signal } = this.#stop;
    const backoff = new Backoff(random);
    while (!signal.aborted) {
      const begunAt = clock.monotonicMs();
      if ((await this.#read()) === 'over') return;
      if (clock.monotonicMs() - begunAt >= calmMs) backoff.reset();
      await pause(clock, backoff.nextMs(again), signal);
    }
  }

  async #read(): Promise<'over' | 'again'> {
    const { client, log } = this.#deps;
    try {
      for await (const { text } of client.followLog({ ...this.#of, ...bounds }, this.#stop.signal)) this.#hear(text);
      return this.said?.report === undefined ? 'again' : 'over';
    } catch (thrown) {
      if (thrown instanceof PolicyError) {
        this.#ears.refused(thrown);
        return 'over';
      }
      const level = thrown instanceof TransientError ? 'debug' : 'warn';
      log[level]({ ...this.#of, err: asError(thrown) }, 'a log cannot be followed now');
      return 'again';
    }
  }

  #hear(text: string): void {
    const before = this.said;
    this.said ??= {};
    if (text.startsWith(progressPrefix)) {
      const from = progressPrefix.length;
      this.said = { ...this.said, progress: text.slice(from, from + maxProgress) };
      return;
    }
    const report = parseReport(text);
    if (report === undefined || report.step !== this.#of.container) return;
    this.said = { ...this.said, report };
    if (before?.report === undefined) this.#ears.reported();
  }
}
