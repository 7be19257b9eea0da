import { printableLine } from '../printable.ts';
import type { Refusal } from '../runtime/refusals.ts';

/** Of an API server's message, which may name every policy of the cluster. */
const mostWords = 600;

/** A refusal for people: what was asked, and why not, in the words of whoever refused it. */
export function refusedWords({ verb, ref, reason, message }: Refusal): {
  readonly reason: 'NameTaken' | 'RefusedByCluster';
  readonly message: string;
} {
  const words = printableLine(message, mostWords);
  if (reason === 'NameTaken') return { reason, message: words };
  const what = `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
  return { reason: 'RefusedByCluster', message: `the API server refuses to ${verb} ${what}: ${words}` };
}
