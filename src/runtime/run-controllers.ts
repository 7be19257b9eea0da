import type { Controller } from './controller.ts';
import type { Reflector } from './reflector.ts';
import { whenAborted } from './when-aborted.ts';

export interface Runnables {
  readonly reflectors: readonly Pick<Reflector, 'run'>[];
  readonly controllers: readonly Pick<Controller, 'run'>[];
  /** When the controllers may work. Absent: always. */
  readonly leadership?: Leadership;
  /** Before the controllers work in a new term: brings the stores up to what the one before has written. */
  readonly takeOver?: () => Promise<void>;
}

/** Runs `lead` whenever this process may write; `Elector` is one. */
export interface Leadership {
  run(lead: (term: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
}

const always: Leadership = { run: (lead, signal) => lead(signal) };

/**
 * Runs everything until the signal aborts, then waits for the passes under way. Reflectors run in every replica, so that one
 * that stands by has warm stores; only the controllers write, so only they wait for leadership. Reflectors outlive them: the
 * last passes see what they write.
 */
export async function runControllers(
  { reflectors, controllers, leadership = always, takeOver = () => Promise.resolve() }: Runnables,
  signal: AbortSignal,
): Promise<void> {
  const [defect, ended] = [new AbortController(), new AbortController()];
  const work = async (run: (signal: AbortSignal) => Promise<void>, until: AbortSignal) => {
    try {
      await run(until);
    } finally {
      // One that ends by itself is a defect; going on with the others would be half an operator.
      if (!until.aborted) defect.abort();
    }
  };
  const lead = async (term: AbortSignal) => {
    await Promise.race([takeOver(), whenAborted(term)]);
    await all([whenAborted(term), ...controllers.map((controller) => work((until) => controller.run(until), term))]);
  };
  const running = AbortSignal.any([signal, defect.signal]);
  const reflecting = AbortSignal.any([ended.signal, defect.signal]);
  await all([
    work((until) => leadership.run(lead, until), running).finally(() => ended.abort()),
    ...reflectors.map((reflector) => work((until) => reflector.run(until), reflecting)),
  ]);
}

async function all(runs: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(runs);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
