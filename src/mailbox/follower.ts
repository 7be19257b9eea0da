import { progressPrefix } from '../api/order.ts';
import { parseReport, type Said } from '../api/report.ts';
import type { PolicyError } from '../errors.ts';
import { type FollowedContainer, type LineStreamDeps, listen } from './line-stream.ts';

/** What a follower tells, once each. */
export interface FollowerEars {
  readonly reported: () => void;
  /** The log may not be read; it has ended by that. */
  readonly refused: (error: PolicyError) => void;
}

/**
 * A log that is taken up anew is read from its last lines on: a report is the last that a container says. After so many bytes the
 * stream ends and is taken up later and later, so that whoever writes fast is not read as fast.
 */
const bounds = { tailLines: 40, limitBytes: 2 ** 20 } as const;
/** Characters of progress that are kept; people are shown fewer. */
const maxProgress = 800;

/** Listens to one container until it is stopped; whatever it says, only its newest progress and report are kept. */
export class Follower {
  /** Undefined before the first line. */
  said: Said | undefined;
  readonly #of: FollowedContainer;
  readonly #deps: LineStreamDeps;
  readonly #ears: FollowerEars;
  readonly #stop = new AbortController();

  constructor(of: FollowedContainer, deps: LineStreamDeps, ears: FollowerEars) {
    this.#of = of;
    this.#deps = deps;
    this.#ears = ears;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const listening = {
      of: this.#of,
      bounds,
      hear: (line: string) => this.#hear(line),
      isOver: () => this.said?.report !== undefined,
      refused: this.#ears.refused,
    };
    await listen(listening, this.#deps, this.#stop.signal);
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
