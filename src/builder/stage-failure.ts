import { type Reason, reasons } from '../api/reasons.ts';
import { exitCode, type StageFailure } from '../api/result.ts';
import { asError, InternalError, PolicyError, TransientError, UserError } from '../errors.ts';
import { printableText } from '../printable.ts';
import type { Culprit } from './build-log.ts';

const maxMessage = 1024;
const maxDerivation = 300;
const maxLogTail = 2048;

/** Reasons for which the log of the derivation that failed says more than the message. */
const withCulprit: ReadonlySet<string> = new Set<Reason>([
  'BuilderFailed',
  // A program that was run as a stream script.
  'NotAnImage',
  'HashMismatch',
  'BuildTimedOut',
  'DiskFull',
  'OutOfMemory',
]);

/** Any thrown value as what the controller is told. */
export function stageFailure(thrown: unknown, culprit?: Culprit): StageFailure {
  const { reason, retry } = verdictOn(thrown);
  const message = printableText(asError(thrown).message, maxMessage);
  const isOfDerivation = withCulprit.has(reason) || isFailedDownload(thrown);
  if (culprit === undefined || !isOfDerivation) return { ok: false, reason, retry, message };
  const derivation = printableText(culprit.drvPath, maxDerivation);
  return { ok: false, reason, retry, message, derivation, ...logTailOf(culprit) };
}

export function exitCodeOf(result: { readonly ok: true } | StageFailure, thrown?: unknown): number {
  if (result.ok) return exitCode.ok;
  if (result.retry) return exitCode.transientFailure;
  return thrown instanceof UserError || thrown instanceof PolicyError ? exitCode.userFailure : exitCode.internalFailure;
}

function verdictOn(thrown: unknown): { readonly reason: Reason; readonly retry: boolean } {
  const named =
    thrown instanceof UserError ||
    thrown instanceof PolicyError ||
    thrown instanceof TransientError ||
    thrown instanceof InternalError;
  if (!named) return { reason: 'InternalError', retry: false };
  const reason = reasons.find((candidate) => candidate === thrown.reason) ?? 'InternalError';
  return { reason, retry: thrown instanceof TransientError };
}

/** Which derivation could not be downloaded, and what its builder said. */
function isFailedDownload(thrown: unknown): boolean {
  if (!(thrown instanceof TransientError) || !(thrown.cause instanceof UserError)) return false;
  return thrown.cause.reason === 'BuilderFailed';
}

function logTailOf({ logTail }: Culprit): { readonly logTail?: string } {
  // The end is what matters, so the beginning is cut.
  const text = printableText(logTail, Number.MAX_SAFE_INTEGER).slice(-maxLogTail).toWellFormed();
  return text === '' ? {} : { logTail: text };
}
