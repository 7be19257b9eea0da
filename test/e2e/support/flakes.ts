import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attackRepositories } from '../../adversarial/flakes.ts';
import { atVersion, readExample } from '../../support/demo.ts';
import type { Repositories } from '../../support/git-server-manifests.ts';
import { unlikeAny } from '../../support/unlike-any.ts';

const flakes = join(import.meta.dirname, '../flakes');

/** What the tests build: an example as it is, changed to look around while it is built, and whatever goes wrong. */
export async function repositories(): Promise<Repositories> {
  const hello = await readExample('hello');
  const image = { 'image.sh': hello['image.sh'] ?? '' };
  const fresh = unlikeAny(hello, randomUUID());
  return {
    ...(await attackRepositories()),
    // The second version shares all but its page with the first.
    hello: { '1.0.0': atVersion(hello, '1.0.0'), '1.1.0': atVersion(hello, '1.1.0') },
    fresh: { '1.0.0': atVersion(fresh, '1.0.0'), '1.1.0': atVersion(fresh, '1.1.0') },
    trouble: { '1.0.0': { ...image, 'flake.nix': await readFile(join(flakes, 'trouble/flake.nix'), 'utf8') } },
    systems: { '1.0.0': { ...image, 'flake.nix': await readFile(join(flakes, 'systems/flake.nix'), 'utf8') } },
    layered: { '1.0.0': await layered('1.0.0', image), '1.1.0': await layered('1.1.0', image) },
    surroundings: { '1.0.0': { ...hello, 'files.sh': lookAround(hello['files.sh'] ?? '') } },
  };
}

/** On a cluster that was kept, too, its page is new. */
async function layered(version: string, image: Record<string, string>) {
  const directory = join(flakes, 'layered');
  const names = await readdir(directory);
  const texts = names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')]);
  return { ...image, ...Object.fromEntries(await Promise.all(texts)), version: `${version}-${randomUUID()}` };
}

/** The page then has what the build saw: its network, its users, the root directory. */
function lookAround(script: string): string {
  const before = 'echo "$version" > "$out/www/version"';
  if (!script.includes(before)) throw new Error('examples/hello/files.sh no longer has the line this test adds to');
  const after = [
    'for file in net/dev self/uid_map; do echo "== $file"; cat /proc/$file; done > "$out/www/surroundings"',
    '{ echo "== root"; ls -a /; echo "== end"; } >> "$out/www/surroundings"',
  ];
  return script.replace(before, [before, ...after].join('\n  '));
}
