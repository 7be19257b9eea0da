import { fieldsOf } from './identity.ts';
import { isSameQuantity } from './quantity.ts';

/**
 * Whether a live value has all that was asked for, in lists nothing besides. The API server adds defaults, leaves out what is
 * empty, and writes quantities its own way; so it is no comparison of texts, and no hash.
 */
export function isAsAsked(live: unknown, asked: unknown): boolean {
  if (asked === undefined) return true;
  if (live === undefined) return isEmpty(asked);
  if (Array.isArray(asked)) return isListAsAsked(live, asked);
  if (typeof asked === 'object' && asked !== null) {
    const fields = fieldsOf(live);
    const isObject = typeof live === 'object' && live !== null && !Array.isArray(live);
    return isObject && Object.entries(asked).every(([field, value]) => isAsAsked(fields[field], value));
  }
  return live === asked || isSameQuantity(live, asked);
}

function isListAsAsked(live: unknown, asked: readonly unknown[]): boolean {
  return Array.isArray(live) && live.length === asked.length && asked.every((value, at) => isAsAsked(live[at], value));
}

/** What Go's `omitempty` leaves out. */
function isEmpty(asked: unknown): boolean {
  if (Array.isArray(asked)) return asked.length === 0;
  return asked === null || asked === false || asked === 0 || asked === '';
}
