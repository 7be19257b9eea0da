import { InternalError, PolicyError, TransientError } from '../errors.ts';

/** What the API server answered instead of success (`kind: Status`); the `cause` of the error thrown for it. */
export class ApiStatusError extends Error {
  readonly code: number;
  /** The server's own word: AlreadyExists, Conflict, NotFound, Expired, Invalid, … */
  readonly reason: string;
  /** Fields the server complained about, as in `details.causes[].field`. */
  readonly fields: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(answer: ApiAnswer) {
    super(answer.message);
    this.name = 'ApiStatusError';
    this.code = answer.code;
    this.reason = answer.reason;
    this.fields = answer.fields ?? [];
    this.retryAfterMs = answer.retryAfterMs;
  }
}

export interface ApiAnswer {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly fields?: readonly string[];
  readonly retryAfterMs?: number | undefined;
}

/** The answer behind an error thrown by a `KubeClient`, or nothing when no server answered. */
export function apiStatusOf(error: unknown): ApiStatusError | undefined {
  if (error instanceof ApiStatusError) return error;
  return error instanceof Error && error.cause !== undefined ? apiStatusOf(error.cause) : undefined;
}

export function isNotFound(error: unknown): boolean {
  return apiStatusOf(error)?.code === 404;
}

export function isAlreadyExists(error: unknown): boolean {
  return apiStatusOf(error)?.reason === 'AlreadyExists';
}

/** The object changed since it was read, or a precondition (uid, resourceVersion) does not hold. */
export function isConflict(error: unknown): boolean {
  const status = apiStatusOf(error);
  return status?.reason === 'Conflict' || (status !== undefined && isUidMismatch(status));
}

/** The resourceVersion or continue token is older than what the server remembers. */
export function isExpired(error: unknown): boolean {
  return apiStatusOf(error)?.code === 410;
}

/** Maps an answer to the class that says what happens next; the answer stays as `cause`. */
export function errorFor(answer: ApiAnswer, request: string): Error {
  const status = new ApiStatusError(answer);
  const message = `${request}: ${answer.message}`;
  return new (classFor(status))(answer.reason, message, { cause: status });
}

function classFor(status: ApiStatusError) {
  // Quota, admission and RBAC all answer 403; none of them changes by asking again soon.
  if (status.code === 403) return PolicyError;
  if (isUidMismatch(status)) return TransientError;
  return [400, 405, 406, 413, 415, 422].includes(status.code) ? InternalError : TransientError;
}

// A merge patch with another uid is answered with 422 "field is immutable", not with 409: the server has no uid
// precondition for patches (k8s.io/apimachinery/pkg/api/validation/objectmeta.go, ValidateObjectMetaUpdate).
function isUidMismatch(status: ApiStatusError): boolean {
  return status.code === 422 && status.fields.includes('metadata.uid');
}
