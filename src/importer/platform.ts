import { UserError } from '../errors.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

interface Wanted {
  readonly architecture: string;
  /** The best first; undefined: any, none before all. */
  readonly variants?: readonly string[];
}

const armv8 = ['8', ...Array.from({ length: 10 }, (_, minor) => `8.${minor}`)];
const armv9 = ['9', ...Array.from({ length: 8 }, (_, minor) => `9.${minor}`)];

/**
 * Nix' names for systems and Go's for architectures (nixpkgs: `lib/systems`, `GOARCH`), with the variants as containerd orders
 * them (github.com/containerd/platforms, compare.go): the closest to what every machine of the system can run comes first. What
 * a machine may be unable to run comes after all that, in case there is nothing else.
 */
const platforms: Readonly<Record<string, Wanted>> = {
  'x86_64-linux': { architecture: 'amd64', variants: ['', '1', '2', '3', '4'] },
  'aarch64-linux': { architecture: 'arm64', variants: ['', ...armv8, ...armv9] },
  // Without a variant it is version 7 for containerd, and any for Nix, which writes none.
  'armv7l-linux': { architecture: 'arm', variants: ['7', '', '6', '5'] },
  'armv6l-linux': { architecture: 'arm', variants: ['6', '5', ''] },
  'i686-linux': { architecture: '386' },
  'riscv64-linux': { architecture: 'riscv64' },
  'powerpc64le-linux': { architecture: 'ppc64le' },
  's390x-linux': { architecture: 's390x' },
  'loongarch64-linux': { architecture: 'loong64' },
};

/** Other names for architectures, as containerd takes them (database.go). */
const aliases: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  i386: ['386', ''],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', '7'],
  armel: ['arm', '6'],
};

export function platformMatches(platform: Platform, system: string): boolean {
  return rankOf(platform, system) !== undefined;
}

/** How far it is from the best for this system, which is 0; undefined: it does not run there. */
export function rankOf(platform: Platform, system: string): number | undefined {
  const wanted = Object.hasOwn(platforms, system) ? platforms[system] : undefined;
  const { os, architecture, variant } = normalized(platform);
  if (os !== 'linux' || architecture !== wanted?.architecture) return undefined;
  if (wanted.variants === undefined) return variant === '' ? 0 : 1;
  const rank = wanted.variants.indexOf(variant);
  return rank === -1 ? undefined : rank;
}

function normalized({ os, architecture, variant = '' }: Platform) {
  const lower = architecture.toLowerCase();
  const [name, itsVariant] = (Object.hasOwn(aliases, lower) ? aliases[lower] : undefined) ?? [lower];
  const number = variant.toLowerCase().replace(/^v/, '');
  return { os: os.toLowerCase(), architecture: name, variant: itsVariant ?? number };
}

/** An image for another machine would be loaded and then fail as "exec format error", far from its cause. */
export function checkPlatform(platform: Platform, system: string): void {
  checkOs(platform);
  if (platformMatches(platform, system)) return;
  const problem = `the image is for ${showPlatform(platform)}, the build is for ${system}`;
  throw new UserError('PlatformMismatch', `${problem}; build it with that system's packages`);
}

/** Before its layers are looked at: of an image for Windows they are often not in the archive. */
export function checkOs(platform: Platform): void {
  if (['', 'linux'].includes(platform.os.toLowerCase())) return;
  throw new UserError(
    'PlatformMismatch',
    `the image is for ${showPlatform(platform)}; enbi loads images for Linux alone`,
  );
}

export function showPlatform(platform: Platform | undefined): string {
  if (platform === undefined) {
    return 'an unnamed platform';
  }
  const { os, architecture, variant } = platform;
  return `${os || 'no os'}/${architecture || 'no architecture'}${variant ? `/${variant}` : ''}`;
}
