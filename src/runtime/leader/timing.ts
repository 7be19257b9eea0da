export interface LeaseTiming {
  /** Nobody else takes the lease until it has seen no sign of life for so long. */
  readonly durationMs: number;
  /** Whoever holds it writes nothing more when so long has passed since the last renewal began. */
  readonly deadlineMs: number;
  /** How often it is renewed, and looked at. */
  readonly retryMs: number;
  /** For one call about the lease. */
  readonly callMs: number;
}

/** The proportions of client-go's defaults (15 s, 10 s, 2 s). */
export function timingOf(durationSeconds: number): LeaseTiming {
  const durationMs = durationSeconds * 1000;
  const part = (of: number) => Math.round(durationMs * of);
  return { durationMs, deadlineMs: part(2 / 3), retryMs: part(2 / 15), callMs: part(1 / 3) };
}
