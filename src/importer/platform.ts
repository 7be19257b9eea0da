import { UserError } from '../errors.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

interface Wanted {
  readonly architecture: string;
  /** Undefined: any. The empty variant always fits, as containerd fills it in. */
  readonly variants?: readonly string[];
}

/** Nix' names for systems and Go's for architectures (nixpkgs: `lib/systems`, `GOARCH`). */
const platforms: Readonly<Record<string, Wanted>> = {
  'x86_64-linux': { architecture: 'amd64' },
  'aarch64-linux': { architecture: 'arm64', variants: ['v8'] },
  'armv7l-linux': { architecture: 'arm', variants: ['v5', 'v6', 'v7'] },
  'armv6l-linux': { architecture: 'arm', variants: ['v5', 'v6'] },
  'i686-linux': { architecture: '386' },
  'riscv64-linux': { architecture: 'riscv64' },
  'powerpc64le-linux': { architecture: 'ppc64le' },
  's390x-linux': { architecture: 's390x' },
  'loongarch64-linux': { architecture: 'loong64' },
};

export function platformMatches(platform: Platform, system: string): boolean {
  const wanted = platforms[system];
  const variant = platform.variant ?? '';
  return (
    wanted !== undefined &&
    platform.os === 'linux' &&
    platform.architecture === wanted.architecture &&
    (variant === '' || wanted.variants === undefined || wanted.variants.includes(variant))
  );
}

/** An image for another machine would be loaded and then fail as "exec format error", far from its cause. */
export function checkPlatform(platform: Platform, system: string): void {
  if (!platformMatches(platform, system)) {
    const problem = `the image is for ${showPlatform(platform)}, the build is for ${system}`;
    throw new UserError('PlatformMismatch', `${problem}; build it with that system's packages`);
  }
}

export function showPlatform(platform: Platform | undefined): string {
  if (platform === undefined) {
    return 'an unnamed platform';
  }
  const { os, architecture, variant } = platform;
  return `${os || 'no os'}/${architecture || 'no architecture'}${variant ? `/${variant}` : ''}`;
}
