import * as z from 'zod';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords Kubernetes' structural schemas know and enbi uses; all others that zod writes are dropped. */
const kept = new Set([
  'type',
  'description',
  'default',
  'enum',
  'minLength',
  'maxLength',
  'maxItems',
  'pattern',
  'minimum',
  'maximum',
  'required',
  'properties',
  'items',
]);

/**
 * A zod schema as a structural OpenAPI v3 schema (the API server refuses `$schema`, `additionalProperties: false` beside
 * properties, and unknown formats): https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
export function structural(schema: z.ZodType): Schema {
  return rewrite({ ...z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) });
}

function rewrite(schema: Schema): Schema {
  const entries = Object.entries(schema)
    .filter(([key]) => kept.has(key) && !(key === 'pattern' && schema.format === 'date-time'))
    .map(([key, value]) => [key, rewriteValue(key, value)] as const);
  return { ...Object.fromEntries(entries), ...dateTime(schema), ...int64(schema) };
}

function rewriteValue(key: string, value: unknown): unknown {
  if (!isSchema(value)) return value;
  if (key === 'items') return rewrite(value);
  if (key !== 'properties') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, isSchema(child) ? rewrite(child) : child]),
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dateTime(schema: Schema): Schema {
  return schema.format === 'date-time' ? { format: 'date-time' } : {};
}

function int64(schema: Schema): Schema {
  if (schema.type !== 'integer') return {};
  return { format: 'int64', ...(schema.maximum === Number.MAX_SAFE_INTEGER ? { maximum: undefined } : {}) };
}
