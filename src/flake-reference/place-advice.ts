import type { UserError } from '../errors.ts';
import { invalidReference } from './invalid-reference.ts';
import { forges } from './reference.ts';

/** What to write instead of a place that enbi does not take. */
export const accepted =
  'enbi takes github:, gitlab:, sourcehut:, git+https://, git+ssh://, git+http://, git:// and archives over https://';
export const localAdvice = `names no place to fetch from (no registry names, no local paths); ${accepted}`;

const known: readonly string[] = [
  ...forges,
  'git+https',
  'git+ssh',
  'git+http',
  'git',
  'https',
  'http',
  'tarball+https',
];

export function schemeAdvice(scheme: string): string {
  if (['path', 'file', 'git+file', 'tarball+file', 'flake'].includes(scheme))
    return `starts with ${scheme}:, which is no remote place; ${accepted}`;
  if (scheme === 'ssh') return 'starts with ssh:; write git+ssh://';
  // As forges offer it to be copied.
  if (scheme.includes('@')) return 'is as ssh alone takes it; write git+ssh:// before it, and / in place of its colon';
  const small = scheme.toLowerCase();
  if (scheme !== small && known.includes(small)) return `starts with capital letters; write ${small}:`;
  return `has an unknown scheme; ${accepted}`;
}

/** Of what stands behind the scheme. */
export function locationAdvice(body: string): string {
  const form = 'is not of the form scheme://host/path';
  const isPathBehindColon = /^\/\/(?:[^/@]*@)?[^/:@[\]]+:[^/0-9]/.test(body);
  return isPathBehindColon ? `${form}: behind a colon stands a port; write / in its place` : form;
}

/** A password, or a name that may be a token: nothing of it is told. */
export function loginInReference(text: string, login: string): UserError {
  const without = text.replace(`//${login}@`, '//…@');
  const what = login.includes(':') ? 'credentials' : 'a login name or a token';
  return invalidReference(
    without,
    `has ${what} before its host; leave that out, and put what the host asks for into a Secret, named in the annotation enbi.hrzn.ee/nixbuild-secretName`,
  );
}
