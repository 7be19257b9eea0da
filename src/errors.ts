/**
 * The four classes of failure, named by what happens next. Adapters turn foreign failures (an API status, a gRPC code, an
 * exit of Nix) into these at the edge, always with `cause`; only the runtime loop and `main/` catch, and they branch on the class.
 */
abstract class NamedReasonError extends Error {
  /** One of `Reason` (src/api/reasons.ts); text here because errors import nothing. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.reason = reason;
  }
}

/** The user's input is wrong, or what it names is not there yet. Which of them goes on by itself: api/retries.ts. */
export class UserError extends NamedReasonError {}

/** Not allowed here. Not retried until the policy changes. */
export class PolicyError extends NamedReasonError {}

/** The world was not ready: API 409/429/5xx, a socket, the network, an eviction. Retried with back-off. */
export class TransientError extends NamedReasonError {}

/** A defect of enbi's own. Retried slowly, logged with its stack, never blamed on the user. */
export class InternalError extends NamedReasonError {}

/** Any thrown value as an Error, so that `cause` chains stay readable. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
