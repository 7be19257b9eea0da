import { isUtf8 } from 'node:buffer';
import { dirname, join } from 'node:path/posix';
import { limits } from '../limits.ts';

/** As members are found by: without `./` before and `/` behind. */
export function memberName(written: string): string {
  return withoutEndSlashes(written.replace(/^(\.?\/)+/, ''));
}

/**
 * The member that a link stands for: a hard link names one as it is called in the archive, a symbolic one by a path from where it
 * lies. Undefined: that is outside of the archive, or no name of a member.
 */
export function linkedName(name: string, flag: string, target: Buffer): string | undefined {
  if (target.length === 0 || target.length > limits.nameBytes || !isUtf8(target)) return undefined;
  const written = target.toString();
  if (flag === '1') return inside(memberName(written));
  return written.startsWith('/') ? undefined : inside(withoutEndSlashes(join(dirname(name), written)));
}

function inside(name: string): string | undefined {
  return name.split('/').includes('..') ? undefined : name;
}

/** Not by an expression: it would be tried anew at every slash of a name that may have a million. */
function withoutEndSlashes(name: string): string {
  let end = name.length;
  while (name[end - 1] === '/') end--;
  return name.slice(0, end);
}
