import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hostArchitecture } from '../image/architecture.ts';
import { cacheKey, ensureCached } from '../image/cache.ts';
import { debianMirror, ensureMmdebstrap, resolvePackages, type Selection, unpackPackages } from '../image/debian.ts';
import { newestOfToday } from '../image/recent.ts';
import type { Flavour } from './flavour.ts';

type DebianName = Exclude<Flavour['containerd'], 'newest'>;

/** 12 has containerd 1.6, 13 has 1.7. Both need no newer C library than Debian 12's. */
const suites: Readonly<Record<DebianName, string>> = { 'debian-12': 'bookworm', 'debian-13': 'trixie' };
const programs = ['containerd', 'containerd-shim-runc-v2', 'ctr'] as const;

/**
 * A folder with a Debian's containerd, taken out of its package: nothing is installed on the machine. Needs a Debian mirror the
 * first time, and once a day to see whether there is a newer version.
 */
export async function ensureDebianContainerd(name: DebianName, report: (line: string) => void): Promise<string> {
  const architecture = hostArchitecture();
  const selection = selectionOf(suites[name]);
  return await newestOfToday(architecture, cacheKey(['containerd', JSON.stringify(selection)]), report, async () => {
    await ensureMmdebstrap(report);
    const mirror = await debianMirror();
    const { packages: resolved } = await resolvePackages(architecture, mirror, selection);
    return await ensureCached(`containerd-${name}`, cacheKey([architecture, ...resolved]), async (directory) => {
      report(`fetching containerd of ${name} …`);
      const packages = join(directory, '.packages');
      await unpackPackages(architecture, mirror, packages, selection);
      for (const program of programs) await rename(join(packages, 'usr/bin', program), join(directory, program));
      await rm(packages, { recursive: true });
    });
  });
}

function selectionOf(suite: string): Selection {
  const paths = ['path-exclude=/*', ...programs.map((program) => `path-include=/usr/bin/${program}`)];
  return { suite, packages: ['containerd'], dpkgOptions: paths };
}
