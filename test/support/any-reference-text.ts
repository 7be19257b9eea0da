import * as fc from 'fast-check';

/** Characters as they are and percent-encoded. What parts a URL is only encoded, and control characters are not: enbi refuses those. */
const ascii = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at));
const beyond = ['ä', '日', '\u{1F375}', '\u200b', '\u0085'];
const encoded = [...ascii, ...beyond].map((character) =>
  [...Buffer.from(character)].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join(''),
);
const asTheyAre = [...ascii.filter((character) => !' #&/?%'.includes(character)), 'ä'];
const plain = fc.stringMatching(/^[a-z0-9]{1,4}$/);
const atom = fc.oneof({ weight: 3, arbitrary: plain }, fc.constantFrom(...encoded), fc.constantFrom(...asTheyAre));
const atoms = fc.array(atom, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));

/** Empty and dot segments are refused although Nix takes them: elsewhere they stand for something else. */
const isWhole = (path: string) => !/^[/\\]|[/\\]{2}|[/\\]$|(?:^|[/\\])\.{1,2}(?:[/\\]|$)/.test(decode(path));
const path = fc
  .array(atoms, { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join('/'))
  .filter(isWhole);
const ofRef = fc.constantFrom(
  '.',
  '..',
  '/',
  '//',
  '@',
  '@{',
  '%40%7b',
  '.lock',
  '-',
  '%2f',
  'refs/tags/',
  '~',
  '^',
  ':',
  '\\',
  '[',
  '*',
);
const ref = fc.array(fc.oneof(atom, ofRef), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** References in which a path, a ref or a directory may have any character, whether or not it may stand there. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  path.map((path) => `git+https://h/${path}`),
  path.map((path) => `git+ssh://git@h/${path}`),
  path.map((path) => `tarball+https://h/${path}`),
  ref.map((ref) => `git+https://h/a?ref=${ref}`),
  path.map((path) => `git+https://h/a?dir=${path}`),
  path.map((path) => `tarball+https://h/a?dir=${path}`),
);
