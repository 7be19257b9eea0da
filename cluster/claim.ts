import { UserError } from '../src/errors.ts';
import { holderOf, tryToHold } from './lock.ts';
import { folderOf } from './state.ts';

/** Disposed of, it is released; so it is when this process ends. */
export type Claim = Disposable;

interface Claimed {
  /** In a sentence. */
  readonly what: string;
  readonly key: string;
  /** What to do instead of waiting. */
  readonly wayOut: string;
}

/** For who makes and removes the cluster of this name: nobody else who claims it does so meanwhile. */
export async function claimCluster(name: string, wayOut: string): Promise<Claim> {
  return await claim({ what: `cluster "${name}"`, key: folderOf(name).root, wayOut });
}

/**
 * For as long as this process lives, or until it is released, no other process gets what has this key. Throws UserError `InUse` when
 * one has it: that one goes on undisturbed.
 */
export async function claim({ what, key, wayOut }: Claimed): Promise<Claim> {
  const held = await tryToHold(`claim ${key}`);
  if (held !== undefined) return { [Symbol.dispose]: () => void held.close() };
  const holder = await holderOf(`claim ${key}`);
  const by = holder === undefined ? 'another process' : `process ${holder}`;
  throw new UserError(
    'InUse',
    `${what} is in use by ${by}, which is left alone: end that one first (Ctrl-C), ${wayOut}`,
  );
}
