import { stripVTControlCharacters } from 'node:util';

/** Control characters, and all that is not seen: what reorders or breaks a line for the eye, joins, hides or tags text. */
const unprintable = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** One line a terminal and a reader can trust: no escapes, no control characters, at most `max` characters. */
export function printableLine(text: string, max: number): string {
  // Cut before the replacing: the text may be many megabytes.
  const cut = text.length > 4 * max ? text.slice(0, 4 * max) : text;
  return shorten(stripVTControlCharacters(cut).replaceAll('\t', ' ').replace(unprintable, '').toWellFormed(), max);
}

/** The same of several lines: their breaks become spaces, so that words stay apart. */
export function oneLine(text: string, max: number): string {
  const cut = text.length > 4 * max ? text.slice(0, 4 * max) : text;
  return printableLine(cut.replace(/[\n\r\u2028\u2029]/g, ' '), max);
}

/** Several lines, each printable. */
export function printableText(text: string, max: number): string {
  const cut = text.length > 4 * max ? text.slice(0, 4 * max) : text;
  const lines = stripVTControlCharacters(cut).split('\n');
  return shorten(
    lines
      .map((line) => line.replace(unprintable, ''))
      .join('\n')
      .toWellFormed()
      .trim(),
    max,
  );
}

/** Of a text in a log only the first line begins as it was written: no other can pass for a line of enbi's own. */
export function asEntry(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}
