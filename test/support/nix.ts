import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** NIX_CONFIG for a Nix that runs without network and without a sandbox, as in a Pod without privileges. */
export const offlineNixConfig = [
  'experimental-features = nix-command flakes',
  'build-users-group =',
  'sandbox = false',
  'substituters =',
  'flake-registry =',
].join('\n');

/** Makes an empty store to be mounted at /nix; a Nix that is not root takes /nix only when /nix/var/nix is there. */
export function makeNixDirectory(directory: string, uid = 1000): string {
  for (const path of [directory, join(directory, 'var'), join(directory, 'var/nix')]) {
    mkdirSync(path, { recursive: true });
    chownSync(path, uid, uid);
  }
  return directory;
}
