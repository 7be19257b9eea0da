import { checkDirectory, checkField, checkFlag, checkRef, checkRev, decodeField } from './fields.ts';
import { invalidReference, quoted } from './invalid-reference.ts';

/** Every query parameter of any reference, checked; which of them a type allows is for its parser to say. */
export interface Query {
  ref?: string;
  rev?: string;
  narHash?: string;
  dir?: string;
  host?: string;
  submodules?: true;
  shallow?: true;
  lfs?: true;
  allRefs?: true;
}

type QueryKey = keyof Query;

const checks: Readonly<Record<QueryKey, (text: string, value: string) => string | boolean>> = {
  ref: checkRef,
  rev: checkRev,
  narHash: (text, value) => checkField(text, 'narHash', value),
  dir: checkDirectory,
  host: (text, value) => checkField(text, 'forgeHost', value),
  submodules: (text, value) => checkFlag(text, 'submodules', value),
  shallow: (text, value) => checkFlag(text, 'shallow', value),
  lfs: (text, value) => checkFlag(text, 'lfs', value),
  allRefs: (text, value) => checkFlag(text, 'allRefs', value),
};

/** What Nix prints in locked references besides; it follows from the content, so it is left out. */
const derived = new Set(['lastModified', 'revCount']);

/** `raw` is the text after `?`, or undefined. `allowed`: the parameters of this type of reference. */
export function parseQuery(text: string, raw: string | undefined, allowed: readonly QueryKey[]): Query {
  const query: Query = {};
  const seen = new Set<string>();
  for (const pair of raw === undefined || raw === '' ? [] : raw.split('&')) {
    const [name, value] = splitPair(text, pair);
    if (seen.has(name)) throw invalidReference(text, `gives ${quoted(name)} twice`);
    seen.add(name);
    if (derived.has(name)) continue;
    const key = allowed.find((candidate) => candidate === name);
    if (key === undefined) throw invalidReference(text, `has the parameter ${quoted(name)}, ${listing(allowed)}`);
    const checked = checks[key](text, value);
    // All flags are off by default: one form for what means the same.
    if (checked !== false) Object.assign(query, { [key]: checked });
  }
  return query;
}

function listing(allowed: readonly string[]): string {
  return `but references of this type take only ${allowed.join(', ')}`;
}

function splitPair(text: string, pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at <= 0) throw invalidReference(text, 'has a query that is not name=value&name=value');
  return [pair.slice(0, at), decodeField(text, pair.slice(at + 1))];
}
