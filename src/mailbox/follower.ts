import { progressPrefix } from '../api/order.ts';
import { begunIn, parseReport, type Said } from '../api/report.ts';
import type { PolicyError } from '../errors.ts';
import { type FollowedContainer, type LineStreamDeps, listen } from './line-stream.ts';

/** What a follower tells. */
export interface FollowerEars {
  /** Once for each order. */
  readonly reported: () => void;
  /** The log may not be read; it has ended by that. */
  readonly refused: (error: PolicyError) => void;
}

/**
 * A log that is taken up anew is read from its last lines on: a report is the last that a container says, at least until the next order. After so many bytes the
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
  readonly #stays: boolean;
  readonly #stop = new AbortController();

  /** `stays`: it is a builder that goes on after a report. */
  constructor(
    of: FollowedContainer,
    deps: LineStreamDeps,
    { stays, ...ears }: FollowerEars & { readonly stays: boolean },
  ) {
    this.#of = of;
    this.#deps = deps;
    this.#ears = ears;
    this.#stays = stays;
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
      isOver: () => !this.#stays && this.said?.report !== undefined,
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
    const order = this.#stays ? begunIn(text, this.#of.container) : undefined;
    if (order !== undefined) {
      // After a cut old lines are heard again.
      if (order !== before?.order) this.said = { order };
      return;
    }
    const report = parseReport(text);
    if (report === undefined || report.step !== this.#of.container) return;
    this.said = { ...this.said, report };
    if (before?.report?.order !== report.order) this.#ears.reported();
  }
}
