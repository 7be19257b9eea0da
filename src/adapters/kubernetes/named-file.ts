import { readFile } from 'node:fs/promises';
import { asError, UserError } from '../../errors.ts';

/** A file that a kubeconfig or a flag names. Throws `UserError` when it cannot be read. */
export async function readNamed(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new UserError('InvalidKubeconfig', `the ${what} cannot be read: ${asError(thrown).message}`, {
      cause: thrown,
    });
  }
}
