import { TransientError } from '../errors.ts';

export function stoppedError(): TransientError {
  return new TransientError('PodLost', 'the Pod was stopped');
}

/** Rejects when the Pod is stopped, and never otherwise. */
export function whenStopped(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (stop.aborted) reject(stoppedError());
    stop.addEventListener('abort', () => reject(stoppedError()), { once: true });
  });
}
