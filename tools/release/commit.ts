import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { asError, UserError } from '../../src/errors.ts';

/** What a release is made from. */
export interface Commit {
  readonly hash: string;
  /** When it was made, as SPDX wants it: in UTC, to the second. */
  readonly date: string;
  /** Whether the checkout has something that the commit has not. */
  readonly changed: boolean;
}

export async function checkedOutCommit(root: string): Promise<Commit> {
  const git = async (...args: readonly string[]) => (await promisify(execFile)('git', [...args], { cwd: root })).stdout;
  try {
    const [hash = '', seconds = ''] = (await git('log', '-1', '--format=%H %ct')).trim().split(' ');
    const date = new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
    return { hash, date, changed: (await git('status', '--porcelain')) !== '' };
  } catch (thrown) {
    const cause = asError(thrown);
    throw new UserError('NoCommit', `a release is made from a git checkout: ${cause.message.trim()}`, { cause });
  }
}
