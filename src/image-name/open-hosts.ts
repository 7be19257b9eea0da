import { UserError } from '../errors.ts';
import { grammar } from './grammar.ts';
import { hostKey, hostNameOf } from './image-host.ts';
import type { ImageName } from './image-name.ts';
import { repositoryKey } from './name-key.ts';

/** Hosts whose names may be built although they are public, each with or without the beginning of a path: `ghcr.io/team`. */
export type OpenHosts = readonly string[];

const inner = ({ source }: RegExp) => source.slice(1, -1);

/** The same as schema, for who refuses a value before it is given to enbi. */
export const openHostSchema = {
  type: 'string',
  maxLength: 255,
  pattern: `^${inner(grammar.host)}(?:/${inner(grammar.repository)})?$`,
  allOf: [{ type: 'string', pattern: '^[^/]*[.:]' }],
} as const;

/** Throws UserError when it is neither a host nor a host and whole parts of a path. */
export function parseOpenHost(text: string): string {
  const [host = '', ...path] = text.split('/');
  const known = text.length <= 255 && grammar.host.test(host) && (host.includes('.') || host.includes(':'));
  if (!known || (path.length > 0 && !grammar.repository.test(path.join('/')))) {
    throw new UserError('InvalidImageName', 'write hosts such as ghcr.io, or ghcr.io/team for a part of one.');
  }
  return [hostKey(host), ...path].join('/');
}

/** A host without a port is open at every port; a path is open with all below it. */
export function isOpen(name: ImageName, open: OpenHosts): boolean {
  const names = [`${repositoryKey(name)}/`, `${hostNameOf(name.host)}/${name.repository}/`];
  return open.some((entry) => names.some((name) => name.startsWith(`${entry}/`)));
}
