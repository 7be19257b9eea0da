import { UserError } from '../errors.ts';
import { quoted } from './invalid-reference.ts';

/**
 * The attribute path below `packages.<system>`, as segments. A segment is written bare, or in quotes when it has dots
 * (`"python3.12".image`). Throws UserError `InvalidPackageName`.
 */
export function parsePackageName(text: string): readonly string[] {
  if (text.length > 512) throw invalid(text, 'is longer than 512 characters');
  const segments: string[] = [];
  let rest = text;
  for (;;) {
    const match = segmentAtStart.exec(rest);
    const segment = match?.[1] ?? match?.[2];
    if (match === null || segment === undefined) throw invalid(text, grammar);
    // Nix takes digits alone for the index of a list.
    if (/^[0-9]+$/.test(segment)) throw invalid(text, 'has a segment of digits alone, which Nix takes for an index');
    segments.push(segment);
    rest = rest.slice(match[0].length);
    if (rest === '') return segments;
    if (!rest.startsWith('.')) throw invalid(text, grammar);
    rest = rest.slice(1);
  }
}

/** The canonical text, as Nix reads it: quotes only around segments with dots. */
export function formatPackageName(segments: readonly string[]): string {
  return segments.map((segment) => (segment.includes('.') ? `"${segment}"` : segment)).join('.');
}

const segmentAtStart = /^(?:([A-Za-z0-9_][A-Za-z0-9_'+-]*)|"([A-Za-z0-9_][A-Za-z0-9_'+.-]*)")/;

const grammar =
  "is no attribute path; write names of letters, digits, _, -, + and ' with dots between, such as web or docker.web (quotes around a name that has dots itself)";

function invalid(text: string, problem: string): UserError {
  return new UserError('InvalidPackageName', `packageName ${quoted(text)} ${problem}`);
}
