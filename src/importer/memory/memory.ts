import type * as z from 'zod';

/**
 * What imports from one tenant's store have learnt, so that the next needs not read it again: which layers an archive has,
 * which digest a layer made of some store paths has. It may be lost at any time, and it may be out of date: what is sent is
 * held against its digest all the same.
 */
export interface Memory {
  /** Undefined: nothing is known, or it is not what the schema says. */
  recall<T>(key: MemoryKey, schema: z.ZodType<T>): Promise<T | undefined>;
  /** Best effort: a disk that is full only costs the next import time. */
  keep(key: MemoryKey, value: unknown): Promise<void>;
  /** Drops all that was recalled since the beginning; whether there was any. */
  forgetRecalled(): Promise<boolean>;
}

/** `about` is whatever the value depends on. */
export interface MemoryKey {
  readonly kind: 'archive' | 'layer';
  readonly about: readonly unknown[];
}

/** For what is seen once only. */
export const noMemory: Memory = {
  recall: async () => undefined,
  keep: async () => {},
  forgetRecalled: async () => false,
};
