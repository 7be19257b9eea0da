import { Code, ConnectError } from '@connectrpc/connect';
import { InternalError, TransientError } from '../../errors.ts';

/** Codes that say "not now": https://grpc.io/docs/guides/status-codes/ */
const passing = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Aborted, Code.Canceled]);

/** What a failed call means to enbi. `doing` completes "while …". */
export function failureOf(thrown: unknown, doing: string): Error {
  const error = ConnectError.from(thrown);
  const message = `containerd, while ${doing}: ${error.rawMessage}`;
  // containerd passes the kernel's text on with code Unknown.
  if (error.rawMessage.includes('no space left on device')) {
    return new TransientError('DiskFull', message, { cause: thrown });
  }
  if (passing.has(error.code) || connectionBroke(thrown) || isStarting(error.rawMessage)) {
    return new TransientError('ContainerdUnavailable', message, { cause: thrown });
  }
  return new InternalError('InternalError', message, { cause: thrown });
}

/** The kubelet's side, for a moment after containerd has begun to listen (`internal/cri`, checkInitialized). */
function isStarting(message: string): boolean {
  return message.includes('server is not initialized yet');
}

export function hasCode(thrown: unknown, code: Code): boolean {
  return thrown instanceof ConnectError && thrown.code === code;
}

/** Node's socket errors arrive as code Internal; only the chain of causes tells (ENOENT, ECONNREFUSED, ECONNRESET, EACCES). */
function connectionBroke(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) {
    return false;
  }
  const code = 'code' in thrown ? thrown.code : undefined;
  const broke = typeof code === 'string' && /^(E[A-Z]+|ERR_HTTP2_[A-Z_]+|ERR_STREAM_[A-Z_]+)$/.test(code);
  return broke || connectionBroke(thrown.cause);
}
