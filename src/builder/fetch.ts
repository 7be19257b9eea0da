import type { BuildOrder } from '../api/order.ts';
import {
  formatFlakeReference,
  parseFlakeReference,
  parsePackageName,
  parseSystem,
} from '../flake-reference/flake-reference.ts';
import { expectAnswer } from './expect-answer.ts';
import { localInputError, localInputs } from './local-inputs.ts';
import { pinnedUrl } from './pin.ts';
import type { GitHosts, Handed, Handover, LockedFlake, Nix, Store } from './ports.ts';
import { sourceUrl } from './source-url.ts';

export interface FetchDeps {
  readonly nix: Nix;
  readonly store: Pick<Store, 'hold'>;
  readonly hosts: GitHosts;
  readonly handover: Pick<Handover, 'lockFile'>;
  /** The binary caches that answer; undefined: all that are ordered. */
  readonly substituters?: readonly string[] | undefined;
}

/**
 * The step with network and credentials: resolves the flake to one version, and brings it and its inputs into the store, so
 * that the build needs neither. What it gives is to be handed over when nothing else is left to do: the build may begin then.
 */
export async function fetchFlake(order: BuildOrder, deps: FetchDeps): Promise<Handed> {
  const reference = parseFlakeReference(order.flakeUrl);
  // A wrong name is told before anything is fetched.
  parsePackageName(order.packageName);
  parseSystem(order.system);
  await expectAnswer(reference, deps.hosts);
  await using held = new AsyncDisposableStack();
  held.use(await deps.store.hold());
  const locked = await lockRemoteOnly(formatFlakeReference(reference), deps);
  const lockedUrl = pinnedUrl(reference, locked);
  const path = await deps.nix.fetchInputs(lockedUrl, deps.handover.lockFile);
  return { lockedUrl, source: sourceUrl(path, reference, locked), substituters: deps.substituters };
}

/**
 * Nix copies an input such as `path:/enbi/secret` or `file:///proc/self/environ` into the store while it locks, and has no
 * setting against it (2.34: neither restrict-eval nor allowed-uris). Where there is a Secret, or what another one opened, that store is nobody else's
 * (main/fetch.ts): a builder that runs at the same time would read it before it could be taken out again.
 */
async function lockRemoteOnly(reference: string, { nix, handover }: FetchDeps): Promise<LockedFlake> {
  const locked = await nix.lock(reference, handover.lockFile);
  const [local] = localInputs(locked.locks);
  if (local !== undefined) throw localInputError(local);
  return locked;
}
