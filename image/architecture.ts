import { arch } from 'node:os';
import { UserError } from '../src/errors.ts';

/** As Debian and OCI call it. */
export const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

/** Where Debian keeps an architecture's libraries, and the loader the kernel looks for by its full path. */
export const libraries: Readonly<Record<Architecture, { directory: string; loader: string }>> = {
  amd64: { directory: 'usr/lib/x86_64-linux-gnu', loader: 'usr/lib64/ld-linux-x86-64.so.2' },
  arm64: { directory: 'usr/lib/aarch64-linux-gnu', loader: 'usr/lib/ld-linux-aarch64.so.1' },
};

const byNodeName: Readonly<Record<string, Architecture>> = { x64: 'amd64', arm64: 'arm64' };

export function hostArchitecture(): Architecture {
  const architecture = byNodeName[arch()];
  if (architecture !== undefined) return architecture;
  throw new UserError('UnknownArchitecture', `enbi's image is not made for ${arch()}`);
}

export function parseArchitectures(list: string): Architecture[] {
  return list.split(',').map((word) => {
    const found = architectures.find((architecture) => architecture === word.trim());
    if (found !== undefined) return found;
    throw new UserError(
      'UnknownArchitecture',
      `unknown architecture "${word}": choose from ${architectures.join(', ')}`,
    );
  });
}
