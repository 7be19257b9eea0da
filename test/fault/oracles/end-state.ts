import type { Live } from '../server/live.ts';
import { type Plural, plurals } from '../server/mirror.ts';
import type { World } from '../world/world.ts';

/** What is never the same twice, however alike two ends are. */
const dropped: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'blockOwnerDeletion',
  // What a store has of the build that ended in it last: one that is deleted in that moment has been seen to end, or not.
  'lastUsed',
  'size',
  'sizeBytes',
]);

const varying: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  // What an agent is asked with is another for each life of a controller, and each stream that was cut.
  [/\\"ask\\":\\"[^"\\]*\\"/g, '<ask>'],
  // Of how many attempts it was the last: those that count are compared below.
  [/-(build|import)-\d+\b/g, '-$1-<attempt>'],
  // Fingerprints in names, of uids and of names of the world.
  [/\b[0-9a-f]{28}\b|\b[0-9a-f]{12}\b|\b[0-9a-f]{10}\b|\b[0-9a-f]{8}\b/g, '<hash>'],
];

/** Everything there is in a world, one line for each object, in words that hold in every world. */
export function endStateOf(world: World): readonly string[] {
  return plurals.flatMap((plural) => world.list(plural).map((live) => lineOf(plural, live, world.name))).toSorted();
}

/** What hangs on the run is put in words that hold in every one. */
export function inWords(text: string, world: string): string {
  const words = varying.reduce((line, [pattern, word]) => line.replaceAll(pattern, word), text);
  return words.replaceAll(`${world}-`, '');
}

function lineOf(plural: Plural, live: Live, world: string): string {
  // Lists leave these two out. Who leads in the end, and since when, is nobody's business.
  const compared = plural === 'leases' ? { metadata: live.metadata } : { ...live, apiVersion: '', kind: '' };
  const text = JSON.stringify(compared, (key, value: unknown) =>
    dropped.has(key) ? undefined : inOrder(counted(value)),
  );
  return `${plural} ${inWords(text, world)}`;
}

/** How often an attempt is held up until somebody gives way is a matter of time, and no failure: those that count are the same. */
function counted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('attemptsForgiven' in value)) return value;
  const { attemptsForgiven, ...others } = value;
  const attempts = 'attempts' in value ? Number(value.attempts) - Number(attemptsForgiven) : undefined;
  return { ...others, attempts };
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
