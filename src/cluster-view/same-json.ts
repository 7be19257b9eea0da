/** Whether two JSON values are the same; the API server keeps no order of fields, and absent is null to a merge patch. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a ?? null) === canonical(b ?? null);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => (isObject(entry) ? sorted(entry) : entry));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without nulls: a merge patch removes what they name. */
function sorted(object: object): object {
  const entries = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
