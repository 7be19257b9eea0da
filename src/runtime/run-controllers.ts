import type { Controller } from './controller.ts';
import type { Reflector } from './reflector.ts';

export interface Runnables {
  readonly reflectors: readonly Reflector[];
  readonly controllers: readonly Controller[];
}

/**
 * Runs everything until the signal aborts, then waits for the passes under way. Reflectors run in every instance, so that a
 * standby has warm stores; only the controllers write, so only they are to wait for leadership.
 */
export async function runControllers({ reflectors, controllers }: Runnables, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const runs = [...reflectors, ...controllers].map(async (runnable) => {
    try {
      await runnable.run(either);
    } finally {
      // One that ends by itself is a defect; going on with the others would be half an operator.
      stop.abort();
    }
  });
  const results = await Promise.allSettled(runs);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
