import { ceilings } from '../api/ceilings.ts';
import { meantPackages } from '../api/meant-packages.ts';
import type { BuildOrder } from '../api/order.ts';
import type { StorePath } from '../api/result.ts';
import { UserError } from '../errors.ts';
import { parseSystem } from '../flake-reference/flake-reference.ts';
import { oneLine } from '../printable.ts';
import { imagePackages } from './image-packages.ts';
import type { Attribute, Nix, NixEvent, Store } from './ports.ts';

export interface StreamDeps {
  readonly nix: Nix;
  readonly store: Pick<Store, 'looksLikeImage' | 'setRoot'>;
  /** Why this script must be run; undefined: the import makes what it would write. */
  readonly whyRun: (script: StorePath) => Promise<string | undefined>;
  readonly observe: (event: NixEvent) => void;
  readonly print: (line: string) => void;
}

interface Script {
  readonly path: StorePath;
  /** The package it is the result of. */
  readonly attribute: Attribute;
}

/**
 * What the import is to read of a stream script: the script itself or, where it cannot be read, the archive it writes. It is the
 * program of the flake's author, so it runs here, as one more builder of theirs, with no other rights and limits than those have.
 */
export async function streamArchive(
  { path, attribute }: Script,
  order: BuildOrder,
  deps: StreamDeps,
): Promise<StorePath> {
  const reason = await deps.whyRun(path);
  if (reason === undefined) return path;
  deps.print(`[enbi] the stream script is run: ${oneLine(reason, 1000)}`);
  const program = {
    path,
    system: parseSystem(order.system),
    timeoutSeconds: Math.min(order.nix.timeoutSeconds, ceilings.scriptSeconds.value),
    maxSilentSeconds: Math.min(order.nix.maxSilentSeconds, ceilings.scriptSilentSeconds.value),
  };
  try {
    const archive = await deps.nix.outputOf(program, deps.observe);
    if (!(await deps.store.looksLikeImage(archive)))
      throw new UserError('NotAnImage', 'wrote something else than an archive');
    await deps.store.setRoot(`${order.root}.archive`, archive);
    return archive;
  } catch (error) {
    if (error instanceof UserError) throw await noImage(error, attribute, deps.nix);
    throw error;
  }
}

/** A program where an image should be: the commonest mistake, and the flake knows what may be meant. */
async function noImage(error: UserError, attribute: Attribute, nix: Nix): Promise<UserError> {
  const what = error.reason === 'NotAnImage' ? error.message : `failed: ${error.message}`;
  const hint = meantPackages(await imagePackages(attribute, nix));
  const message = `the package built a program, not an image: run as a stream script, it ${what}${hint}`;
  return new UserError('NotAnImage', message, { cause: error });
}
