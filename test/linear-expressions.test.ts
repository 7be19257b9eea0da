import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { describe, expect, test } from 'vitest';
import { grammar } from '../src/image-name/grammar.ts';
import { parseExpression, stepsOf, worstTexts } from './support/regex-steps.ts';
import { checkout, sourceFilesBelow } from './support/source-files.ts';

/**
 * Whoever may write a Pod may write 256 KiB into one annotation, and an expression whose cost grows with the square of that holds the
 * controller, which has one thread, for minutes. So every regular expression of src/ is held against texts made for it (each of its
 * repetitions filled, behind what leads there, with an end that fits nothing), with n characters and with 2n. What is counted is the
 * characters that a backtracking engine looks at, from every place in the text where a match may begin: twice the text may cost twice
 * as much. Seconds would say the same only of a machine at rest, and only of expressions that somebody thought of calling.
 */
const [length, most] = [120, 300_000];

/** What may grow faster, and why: the text is bounded before it comes there, or is enbi's own. By path and source. */
const exceptions: ReadonlyMap<string, string> = new Map([
  ...[
    "repository '.*' not found|repository not exported|no such repository|[Rr]epository not found|does not appear to be a git repository",
    'Permission denied \\(.*\\)|Authentication failed|returned error: 40[13]',
    "unable to download '([^']+)': HTTP error (?:401|403)(?![\\s\\S]*rate limit)",
  ].map(
    (source) =>
      [`src/adapters/nix/access.ts ${source}`, '4096 characters of what Nix and git say are matched.'] as const,
  ),
  ...[
    "unable to download '([^']+)': .*\\((?:5|6|7|28|35|52|55|56|92)\\)",
    "^path '[^']*?([^'/»]*\\/?flake\\.nix)' does not exist",
    'kernel namespaces? .*required for sandboxing|cannot set up (?:a )?sandbox',
  ].map(
    (source) =>
      [`src/adapters/nix/failures.ts ${source}`, '4096 characters of what Nix and git say are matched.'] as const,
  ),
  [
    'src/adapters/nix/derivation.ts "[^"\\\\]*(?:\\\\["\\\\nrt][^"\\\\]*)*"|[()[\\],]',
    'A match begins where the last one ended, and nowhere else.',
  ],
  ['src/adapters/nix/internal-json.ts (?::\\d+)+$', 'Of the name of a file 1000 characters are taken.'],
  ['src/importer/made/go-tar.ts \\/+$', 'A field of a header, at most 100 bytes.'],
  [
    'src/importer/stream/stream-script.ts tarfile\\.open\\([^)]{0,200}["\']w\\|["\']',
    'From each place at most 200 characters are looked at.',
  ],
  ['src/importer/source/tar-header.ts ^ *([0-7]*)[\\0 ]*$', 'A field of a header, at most 12 bytes.'],
  ['src/plugin/explain/fill-names.ts ,?\\s+with\\s+the\\s+name\\s+from\\s+`status\\.(\\w+)`', "A page of enbi's own."],
  ['src/plugin/explain/reason-text.ts \\bsee \\[([^\\]]*)\\]\\([^)]*\\.md[^)]*\\)', "A page of enbi's own."],
  ['src/plugin/explain/reason-text.ts \\[([^\\]]*)\\]\\([^)]*\\)', "A page of enbi's own."],
]);

interface Found {
  readonly path: string;
  readonly expression: RegExp;
}

function keyOf({ path, expression }: Found): string {
  return `${path} ${expression.source}`;
}

/** One of those that are alike. */
function distinct(found: readonly Found[]): readonly Found[] {
  return [...new Map(found.map((each) => [String(each.expression), each])).values()];
}

function literalsOf(path: string): readonly Found[] {
  const found: Found[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('regex' in node && isRegex(node.regex)) {
      found.push({ path, expression: new RegExp(node.regex.pattern, node.regex.flags) });
    } else for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(path, readFileSync(join(checkout, path), 'utf8')).program);
  return found;
}

function isRegex(value: unknown): value is { readonly pattern: string; readonly flags: string } {
  return typeof value === 'object' && value !== null && 'pattern' in value && 'flags' in value;
}

const shipped = sourceFilesBelow('src').filter(({ path }) => !/\.test\.ts$|\/gen\/|\/fake-/.test(path));
const literals = shipped.flatMap(({ path }) => literalsOf(path));
const made = [grammar.host, grammar.repository].map((expression) => ({
  path: 'src/image-name/grammar.ts',
  expression,
}));

/** How much more twice the text costs, for the worst of the texts; 2 is linear. */
function growthOf(expression: RegExp): number {
  const part = parseExpression(expression);
  const letters = lettersOf(expression);
  const growths = [letters, letters.toReversed()].flatMap((order) => {
    const long = worstTexts(part, order, 2 * length);
    return worstTexts(part, order, length).map((text, index) => {
      const steps = stepsOf(part, long[index] ?? '', most);
      return steps < 8 * length ? 2 : steps / Math.min(most, stepsOf(part, text, most));
    });
  });
  return Math.max(...growths);
}

/** What the expression itself speaks of, and one of each kind besides. */
function lettersOf({ source }: RegExp): readonly string[] {
  return [...new Set([...common, ...source.split('').filter((letter) => /[^\\()[\]^$*+]/.test(letter))])];
}

const common = 'aZ0-._/ \n:"\'[]\\%?&={}()\u001b'.split('');

describe('regular expressions', () => {
  test('are found', () => expect(literals.length).toBeGreaterThan(80));

  test.each(distinct([...literals, ...made]).filter((found) => !exceptions.has(keyOf(found))))(
    '$expression of $path is linear',
    ({ expression }) => {
      expect(growthOf(expression)).toBeLessThan(2.6);
    },
  );

  test('that may not be linear are there, and are not', () => {
    const excepted = literals.filter((found) => exceptions.has(keyOf(found)));
    expect([...new Set(excepted.map(keyOf))].toSorted()).toEqual([...exceptions.keys()].toSorted());
    for (const { expression } of excepted) expect(growthOf(expression)).toBeGreaterThan(2.6);
  });

  test.each([/[?&]host=[^&]*\{tag\}/, /^(a+)+$/, /a+b/, /^a*a*$/, /^x[a-z]*[a-c]*y/, /\s+$/])(
    '%s is not',
    (expression) => {
      expect(growthOf(expression)).toBeGreaterThan(3);
    },
  );
});
