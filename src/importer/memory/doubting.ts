import { UserError } from '../../errors.ts';
import type { Memory } from './memory.ts';

/** Does the work once more, knowing nothing, when content was not what was remembered of it. */
export async function doubting<T>(memory: Memory, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const mayBeOutdated = thrown instanceof UserError && thrown.reason === 'DigestMismatch';
    if (mayBeOutdated && (await memory.forgetRecalled())) {
      return await work();
    }
    throw thrown;
  }
}
