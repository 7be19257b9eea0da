import { ensureComponents } from '../../cluster/components.ts';
import { prepareToCompare, prepareToEmulate, prepareToRun } from '../../cluster/machine.ts';
import { hostArchitecture } from '../../image/architecture.ts';
import { ensureRootfs } from '../../image/rootfs.ts';
import { add, oneFailure, type Tally } from './tally.ts';

/** Why containerd, Nix and a cluster cannot run here; undefined: they can. */
export function whyNoRealParts(): string | undefined {
  if (process.platform !== 'linux') return `containerd, Nix and the cluster need Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'containerd, Nix and the cluster need root: run npm test as root';
  return undefined;
}

let prepared: Promise<void> | undefined;

/** Once for all parts of a run, also for those that run beside each other. */
export function prepareRealParts(say: (line: string) => void): Promise<void> {
  prepared ??= prepare(say);
  return prepared;
}

/**
 * What takes minutes on a fresh machine, before the tests, so that it shows what it is doing and no test waits for it:
 * Debian packages, the components of the cluster, the root file system with Nix. Cached outside the checkout.
 */
async function prepare(say: (line: string) => void): Promise<void> {
  await prepareToRun(say);
  await prepareToEmulate(say);
  await prepareToCompare(say);
  await ensureComponents(say);
  await ensureRootfs(hostArchitecture(), say);
}

/** Where everything can run, a test that skips itself has not been run, and that is a failure. */
export function forcedSkip(tally: Tally): Tally {
  if (tally.skipped === 0) return tally;
  return add(tally, oneFailure(`${tally.skipped} tests skipped themselves, though nothing is missing on this machine`));
}
