/** What a queue tells whoever counts. */
export interface QueueObserver {
  /** Told once; at any time `underWayMs` says for how long each pass under way has been going on. */
  began(underWayMs: () => readonly number[]): void;
  added(depth: number): void;
  started(depth: number, waitedMs: number): void;
  finished(tookMs: number): void;
  retried(): void;
}

export const unobservedQueue: QueueObserver = {
  began: () => undefined,
  added: () => undefined,
  started: () => undefined,
  finished: () => undefined,
  retried: () => undefined,
};
