import type { StageFailure } from './result.ts';

/** The kubelet keeps 4096 bytes of a container's termination message; cut JSON would be no JSON. */
const maxBytes = 4096;

/** The result as JSON that the kubelet will not cut: the log gives way first, from its beginning, then the message. */
export function encodeResult(result: { readonly ok: true } | StageFailure, limitBytes = maxBytes): string {
  let shrunk = result;
  for (;;) {
    const text = JSON.stringify(shrunk);
    const excess = Buffer.byteLength(text) - limitBytes;
    if (excess <= 0 || shrunk.ok) return text;
    shrunk = shrink(shrunk, excess);
  }
}

/** A character is six bytes of JSON at most; one too much is cut rather than one round more for each byte. */
function shrink(failure: StageFailure, excess: number): StageFailure {
  const cut = Math.max(1, Math.ceil(excess / 6));
  if (failure.logTail !== undefined && failure.logTail.length > 0)
    return { ...failure, logTail: failure.logTail.slice(cut).toWellFormed() };
  return { ...failure, message: failure.message.slice(0, -cut).toWellFormed() };
}
