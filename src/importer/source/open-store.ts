import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { storeParts } from '../../api/order.ts';
import { asError, TransientError } from '../../errors.ts';

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A tenant's Nix store that is open. */
export interface OpenStore extends AsyncDisposable {
  /** Leads to it by a descriptor of this process, whatever the tenant puts in its directories' place. */
  readonly root: string;
}

/**
 * The store in a directory that holds one. The directory is enbi's; all in it is the tenant's, whose own Pod may put a link where `nix` was:
 * each is opened from its parent's descriptor and through no link.
 */
export async function openStore(directory: string): Promise<OpenStore> {
  try {
    await using holder = await open(directory, directoryOnly);
    const nix = await open(`/proc/self/fd/${holder.fd}/${storeParts.nix}`, directoryOnly);
    return { root: `/proc/self/fd/${nix.fd}/store`, [Symbol.asyncDispose]: () => nix.close() };
  } catch (thrown) {
    throw cannotBeOpened(thrown);
  }
}

/** The way there is enbi's own, and nobody's business. */
function cannotBeOpened(thrown: unknown): TransientError {
  const [why = ''] = asError(thrown).message.split(',');
  return new TransientError('StorePreparationFailed', `the store cannot be opened on this node: ${why}`, {
    cause: thrown,
  });
}
