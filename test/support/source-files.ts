import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this checkout. */
export const checkout = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** From the root of the checkout: `src/api/labels.ts`. */
  readonly path: string;
  readonly lines: number;
  /** Without comments and without the content of strings, for rules about words. */
  readonly code: string;
  /** What it imports: a path from the root of the checkout, or the name of a package (`zod`, `node:fs`). */
  readonly imports: readonly string[];
}

export function sourceFilesBelow(...folders: readonly string[]): readonly SourceFile[] {
  const paths = globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: checkout },
  );
  return paths.toSorted().map((path) => sourceFile(path, readFileSync(join(checkout, path), 'utf8')));
}

export function sourceFile(path: string, text: string): SourceFile {
  const imports = specifiersOf(text).map((specifier) => targetOf(path, specifier));
  return { path, lines: text.split('\n').length - 1, code: wordsOf(text), imports };
}

/**
 * `import … from`, `import type …`, `export … from`, a bare `import '…'`, and `import('…')` as value or type. Static ones
 * begin a line, as biome formats them. A dynamic import of anything but a literal cannot be followed and is given as `?`.
 */
function specifiersOf(text: string): readonly string[] {
  const code = text.replaceAll(comments, (found) => (found.startsWith('/') ? ' ' : found));
  const statics = code.matchAll(
    /^(?:import(?:\s+type)?(?:\s+[\w$*{}\s,]+?\s+from)?|export(?:\s+type)?\s+(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})\s+from)\s+['"]([^'"]+)['"]/gm,
  );
  const dynamics = code.matchAll(/(?<![\w$.])import\(\s*(?:'([^'\n]+)'|"([^"\n]+)")?/g);
  return [...statics, ...dynamics].map(([, single, double]) => single ?? double ?? '?');
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  return specifier.startsWith('node:') ? specifier : name;
}

/** Strings are matched too, so that `'http://…'` is no comment. Literal regular expressions with quotes are beyond it. */
const comments = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|(?<!\\)\/\/[^\n]*/g;

function wordsOf(text: string): string {
  return text.replaceAll(comments, ' ');
}
