import { UserError } from '../../errors.ts';

/** The archive is damaged, or made to be read in two ways. */
export function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) {
    throw new UserError('InvalidArchive', problem);
  }
}

/** The image is well formed, and more than enbi loads. */
export function refuseBeyond(condition: boolean, problem: string): asserts condition {
  if (!condition) {
    throw new UserError('ImageTooLarge', problem);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Strict: with replacement characters two different names would become one. */
export function utf8(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (thrown) {
    throw new UserError('InvalidArchive', `${what} is not UTF-8 text`, { cause: thrown });
  }
}
