import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const root = join(import.meta.dirname, '..');

/** Beside a program that has others' code in it: what they ask to be handed on with it. */
export const licensesName = 'THIRD-PARTY-LICENSES.txt';

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

/**
 * Directories of the npm packages that bundled sources are of: `node_modules/@a/b/lib/c.js` is of `node_modules/@a/b`. enbi's own
 * sources are of no package.
 */
export function packagePlaces(sources: readonly string[]): readonly string[] {
  const places = sources.flatMap((source) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? []);
  return [...new Set(places)].toSorted();
}

/** The licences and copyright notices of all npm packages that bundled sources are of. Throws where one has none that is known. */
export function licensesOf(sources: readonly string[]): string {
  const entries = packagePlaces(sources).map((place) => entryOf(place, sources));
  return `enbi has code of these packages in it:\n\n${entries.join(rule)}${rule}${apacheTitle}\n\n${apacheText()}`;
}

const rule = `\n${'-'.repeat(100)}\n\n`;
const apacheTitle = 'The Apache License, to which the above refers:';

function entryOf(place: string, sources: readonly string[]): string {
  const { name, version, license } = Manifest.parse(
    JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8')),
  );
  const texts = [...licenseFiles(place), ...notices(sources.filter((source) => source.startsWith(`${place}/`)))];
  if (texts.length === 0 && license !== 'Apache-2.0')
    throw new Error(`${name} has no licence text: which one is meant by ${license}?`);
  return `${[`${name} ${version}: ${license}`, ...texts].join('\n\n')}\n`;
}

function licenseFiles(place: string): readonly string[] {
  const directory = join(root, place);
  const names = readdirSync(directory).filter((name) => /^(?:licen[cs]e|copying|notice)(?:[-.].*)?$/i.test(name));
  return names.toSorted().map((name) => readFileSync(join(directory, name), 'utf8').trim());
}

/** What stands at the beginning of its files: some packages have their licence nowhere else, and the bundle has no comments. */
function notices(sources: readonly string[]): readonly string[] {
  const comments = sources.flatMap((source) => headOf(readFileSync(join(root, source), 'utf8')));
  return [...new Set(comments.filter((comment) => /copyright|licen[cs]e/i.test(comment)))].toSorted();
}

/** The comments before the first statement, each as plain text. */
function headOf(source: string): readonly string[] {
  const comment = /\s*(?:\/\*[\s\S]*?\*\/|(?:\/\/[^\n]*\n[ \t]*)+)/y;
  const found: string[] = [];
  for (let match = comment.exec(source); match !== null; match = comment.exec(source)) found.push(plain(match[0]));
  return found;
}

function plain(comment: string): string {
  const lines = comment.trim().split('\n');
  return lines
    .map((line) => line.replace(/^\s*(?:\/\/|\/?\*+!?(?!\/)) ?/, '').replace(/\s*\*+\/$/, ''))
    .join('\n')
    .trim();
}

function apacheText(): string {
  return readFileSync(join(root, 'LICENSE'), 'utf8');
}
