import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './source-files.ts';

export interface Page {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
}

export function page(path: string): Page {
  return { path, text: readFileSync(join(checkout, path), 'utf8') };
}

/** Everything written for people: the pages beside the sources and those below docs/. */
export function allPages(): readonly Page[] {
  return globSync(['*.md', '{docs,examples,cluster,image}/**/*.md'], { cwd: checkout }).toSorted().map(page);
}

/** The text of each fenced block of a language. */
export function blocksOf({ text }: Page, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , block = '']) => block);
}

/** Targets of links and pictures, without those elsewhere and without the part after `#`. */
export function localLinksOf({ text }: Page): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/g)]
    .map(([, markdown, html]) => (markdown ?? html ?? '').replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

/** What stands between backticks in running text. */
export function codeSpansOf({ text }: Page): readonly string[] {
  return [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** The cells of every row of every table. */
export function tableRowsOf({ text }: Page): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line));
  return lines.map((line) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
