import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './architecture.ts';
import { cacheKey, ensureCached, recipe } from './cache.ts';
import { debianMirror, ensureMmdebstrap, resolvePackages, unpackPackages } from './debian.ts';
import { assertFloors } from './floors.ts';
import { furnish } from './furnish.ts';
import { staleIndex } from './index-age.ts';
import { recordPackages } from './package-records.ts';
import { newestOfToday } from './recent.ts';
import { selectFiles } from './select.ts';

const recipeFiles = [
  'architecture.ts',
  'contents.ts',
  'debian.ts',
  'directory.ts',
  'elf.ts',
  'floors.ts',
  'furnish.ts',
  'package-records.ts',
  'rootfs.ts',
  'select.ts',
];

/**
 * Path of an unpacked root file system with everything enbi's image has but enbi itself: Nix, git, ssh, Node. Needs root and a
 * Debian mirror the first time, and once a day to see whether a package has a newer version. /nix is an empty directory, for a
 * store to be mounted. Never write to it: it is shared by all who ask; enter.ts runs programs in it.
 */
export async function ensureRootfs(architecture: Architecture, report: (line: string) => void): Promise<string> {
  const recipeKey = cacheKey([architecture, recipe(recipeFiles)]);
  // Who names another mirror asks for what that one has.
  const noteKey = cacheKey([recipeKey, process.env['ENBI_DEBIAN_MIRROR'] ?? '']);
  return await newestOfToday(architecture, noteKey, report, async () => {
    await ensureMmdebstrap(report);
    return await newestRootfs(architecture, recipeKey, report);
  });
}

async function newestRootfs(architecture: Architecture, recipeKey: string, report: (line: string) => void) {
  const mirror = await debianMirror();
  const { packages, release } = await resolvePackages(architecture, mirror);
  const stale = staleIndex(release, new Date());
  if (stale !== undefined) report(`warning: ${stale}`);
  assertFloors(packages);
  return ensureCached(`rootfs-${architecture}`, cacheKey([recipeKey, ...packages]), async (directory) => {
    report(`unpacking ${packages.length} Debian packages for ${architecture} …`);
    await makeRootfs(architecture, mirror, directory);
  });
}

async function makeRootfs(architecture: Architecture, mirror: string, directory: string): Promise<void> {
  const packages = join(directory, '.packages');
  await unpackPackages(architecture, mirror, packages);
  const files = selectFiles(packages, directory, architecture);
  await recordPackages(packages, directory, files);
  furnish(directory);
  keepDevices(packages, directory);
  rmSync(packages, { recursive: true });
}

/** For plain chroots in tests; a container gets its own /dev. */
function keepDevices(packages: string, directory: string): void {
  rmSync(join(directory, 'dev'), { recursive: true });
  renameSync(join(packages, 'dev'), join(directory, 'dev'));
}
