import * as z from 'zod';

/**
 * Of an object, the fields that its schema knows and accepts; all others are absent. For a status: one field that somebody forged,
 * or that another version wrote, must neither pass nor take the others along.
 */
export function fieldsThatFit<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  raw: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(schema.shape).flatMap(([field, type]) => {
    const parsed = raw[field] === undefined ? undefined : z.safeParse(type, raw[field]).data;
    return parsed === undefined ? [] : [[field, parsed] as const];
  });
  return Object.fromEntries(entries);
}
