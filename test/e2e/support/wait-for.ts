import { setTimeout as sleep } from 'node:timers/promises';
import { asError } from '../../../src/errors.ts';

/** Ends the wait at once: what is waited for cannot come any more. */
export class Hopeless extends Error {}

export interface WaitOptions {
  readonly seconds?: number;
  /** Asked when the wait was in vain: what there is to see. */
  readonly explain?: () => Promise<string>;
}

/** Asks again and again until `look` neither throws nor gives undefined; what it threw last is part of the failure. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { seconds = 180, explain }: WaitOptions = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { found, missing } = await attempt(look);
    if (found !== undefined) return found;
    const hopeless = missing instanceof Hopeless;
    if (hopeless || Date.now() > deadline) {
      const why = hopeless ? missing.message : `not within ${seconds} s: ${missing?.message ?? 'nothing was found'}`;
      throw new Error(`${what}: ${why}\n${(await explain?.()) ?? ''}`, { cause: missing });
    }
    await sleep(250);
  }
}

async function attempt<T>(look: () => Promise<T | undefined>): Promise<{ found?: T | undefined; missing?: Error }> {
  try {
    return { found: await look() };
  } catch (thrown) {
    return { missing: asError(thrown) };
  }
}
