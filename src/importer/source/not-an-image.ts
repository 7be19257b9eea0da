import { UserError } from '../../errors.ts';
import { otherCompressionOf } from './compression.ts';

export function notAnImage(name: string, what: string): UserError {
  const advice =
    'build one with dockerTools.buildLayeredImage or dockerTools.streamLayeredImage and name that attribute as the package';
  return new UserError('NotAnImage', `the package built ${what}, not an image: ${name}; ${advice}`);
}

/** Of a file that is neither an archive nor a description enbi reads, by how it begins. */
export function notAnImageFile(name: string, head: Buffer): UserError {
  const compression = otherCompressionOf(head);
  if (compression === undefined) return notAnImage(name, whatItIs(head));
  const advice = 'an image archive may be plain, or compressed with gzip or zstd';
  return new UserError('NotAnImage', `the package built a file compressed with ${compression}: ${name}; ${advice}`);
}

export function startsJson(head: Buffer): boolean {
  return head.toString('latin1').trimStart().startsWith('{');
}

function whatItIs(head: Buffer): string {
  const text = head.toString('latin1');
  if (text.startsWith('#!') || text.startsWith('\x7fELF')) {
    return 'a program';
  }
  return startsJson(head) ? 'JSON that describes no image' : 'a file';
}
