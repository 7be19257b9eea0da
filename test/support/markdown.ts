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
export function localLinksOf(each: Page): readonly string[] {
  return targetsOf(each)
    .map((target) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

/** Links to a place in a page of the checkout; an empty page is the one that links. */
export function localPlacesOf(each: Page): readonly (readonly [path: string, place: string])[] {
  return targetsOf(each).flatMap((target) => {
    const [, path = '', place = ''] = /^((?:[^#:]*\.md)?)#(.+)$/.exec(target) ?? [];
    return place === '' ? [] : [[path, place] as const];
  });
}

/** What a link may name after `#`: headings, written as GitHub does, and anchors. */
export function placesIn({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
  return [...headings, ...[...prose.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id)];
}

function targetsOf({ text }: Page): readonly string[] {
  const found = text.matchAll(/\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/g);
  return [...found].map(([, markdown, html]) => markdown ?? html ?? '');
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
