import * as z from 'zod';

/**
 * As Go's encoding/json reads a document, which is what its writers hold it against: a field that is null is as empty as one
 * that is missing, and an empty list is often written as null.
 */
export function goText(most: number) {
  return z
    .string()
    .max(most)
    .nullish()
    .transform((value) => value ?? '');
}

export function goList<T extends z.ZodType>(each: T, most = Number.POSITIVE_INFINITY) {
  return z
    .array(each)
    .max(most)
    .nullish()
    .transform((value) => value ?? []);
}

export function goCount() {
  return z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .nullish()
    .transform((value) => value ?? 0);
}
