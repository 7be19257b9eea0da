import { reasons } from '../api/reasons.ts';
import type { StageFailure } from '../api/result.ts';
import { asError, InternalError, PolicyError, TransientError, UserError } from '../errors.ts';
import { printableLine, printableText } from '../printable.ts';

const maxMessage = 1024;

/** What the controller is told of a failure; `encodeResult` makes it fit. */
export function failureResult(thrown: unknown): StageFailure {
  const error = asError(thrown);
  const named = 'reason' in error ? error.reason : undefined;
  const reason = reasons.find((reason) => reason === named) ?? 'InternalError';
  const retry = thrown instanceof TransientError;
  return { ok: false, reason, retry, message: printableText(error.message, maxMessage) };
}

/** What people read in the Pod's log: reason and message; for a defect of enbi's own also where it happened. */
export function explain(thrown: unknown): string {
  const error = asError(thrown);
  const { reason } = failureResult(thrown);
  const isNamed = thrown instanceof UserError || thrown instanceof PolicyError || thrown instanceof TransientError;
  // A stranger's names stand in messages; on a line of its own one could pass for progress.
  const text = isNamed ? printableLine(error.message.replaceAll('\n', ' '), 2000) : (error.stack ?? error.message);
  const cause = thrown instanceof InternalError && error.cause instanceof Error ? `\n${error.cause.stack}` : '';
  return `[enbi] ${reason}: ${text}${cause}`;
}
