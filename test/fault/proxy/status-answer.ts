/** What the API server says instead of success. */
export interface StatusAnswer {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export const statusAnswers = {
  '401': { code: 401, reason: 'Unauthorized', message: 'Unauthorized' },
  '403': { code: 403, reason: 'Forbidden', message: 'pods is forbidden: User "enbi" cannot get resource "pods/log"' },
  '410': { code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' },
  '422': { code: 422, reason: 'Invalid', message: 'sendInitialEvents is forbidden for watch' },
  '429': { code: 429, reason: 'TooManyRequests', message: 'too many requests, please try again later' },
  '500': { code: 500, reason: 'InternalError', message: 'etcdserver: leader changed' },
  '504': { code: 504, reason: 'Timeout', message: 'request did not complete within the allotted timeout' },
} as const satisfies Record<string, StatusAnswer>;

export function statusObject({ code, reason, message }: StatusAnswer): object {
  const details = code === 429 ? { details: { retryAfterSeconds: 1 } } : {};
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code, ...details };
}
