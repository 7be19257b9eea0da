/** Whose share of events is used up. */
export type EventScope = 'object' | 'namespace' | 'cluster';

/** What the recorder of events tells whoever counts (metrics.ts). */
export interface EventObserver {
  /** An event was not written, and whose share was used up. */
  leftOut(scope: EventScope): void;
}
