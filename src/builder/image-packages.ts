import { formatPackageName, parsePackageName } from '../flake-reference/flake-reference.ts';
import type { Attribute, ImageNames, Nix } from './ports.ts';

const told = 5;
const longestName = 100;
const none: ImageNames = { made: [], archives: [] };

/**
 * Packages beside this one that are images, for whoever named the program instead. Asked for only when what was built does not
 * look like one, since Nix has to evaluate the other packages for it; a courtesy, so nothing fails here.
 */
export async function imagePackages(attribute: Attribute, nix: Nix): Promise<readonly string[]> {
  const all = { ...attribute, path: attribute.path.slice(0, 2) };
  const found = await namesOfImages(all, nix);
  const own = attribute.path.length === 3 ? attribute.path[2] : undefined;
  return found
    .filter((name) => name !== own && isPackageName(name))
    .toSorted((one, other) => Number(other === 'default') - Number(one === 'default'))
    .map((name) => formatPackageName([name]))
    .slice(0, told);
}

/** Those that say that they are images; where none does, those whose own or whose file's name sounds like one. */
async function namesOfImages(packages: Attribute, nix: Nix): Promise<readonly string[]> {
  const { made, archives } = await nix.imageNames(packages).catch(() => none);
  if (made.length > 0) return made;
  const names = await nix.attributeNames(packages).catch(() => []);
  return (names ?? []).filter((name) => archives.includes(name) || /image|docker|oci|container|stream/i.test(name));
}

function isPackageName(name: string): boolean {
  try {
    return name.length <= longestName && parsePackageName(formatPackageName([name])).length === 1;
  } catch {
    return false;
  }
}
