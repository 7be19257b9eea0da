import * as z from 'zod';
import { packagePlaces } from '../../image/licenses.ts';

/** An npm package whose code is in something that ships. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** As package-lock.json has it: of the archive that npm downloads. */
  readonly integrity: string;
}

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
    }),
  ),
});

/** Which npm packages bundled sources are of. One that the lock file does not know is an error, not left out. */
export function npmPackagesOf(sources: readonly string[], lockFile: string): readonly NpmPackage[] {
  const { packages } = Lock.parse(JSON.parse(lockFile));
  return packagePlaces(sources).map((place) => {
    const { version, license, integrity } = packages[place] ?? {};
    if (version === undefined || integrity === undefined) throw new Error(`package-lock.json does not lock ${place}`);
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return { name, version, integrity, license: license ?? 'NOASSERTION' };
  });
}
