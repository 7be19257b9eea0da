import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './architecture.ts';
import { cacheDirectory } from './cache.ts';

const day = 24 * 3600 * 1000;

/** The rootfs that the Debian mirror was asked about less than a day ago, so that most runs ask no one. */
export function recentRootfs(architecture: Architecture, recipeKey: string): string | undefined {
  const note = notePath(architecture, recipeKey);
  if (!existsSync(note) || Date.now() - statSync(note).mtimeMs > day) return undefined;
  const rootfs = readFileSync(note, 'utf8');
  return existsSync(rootfs) ? rootfs : undefined;
}

export function rememberRootfs(architecture: Architecture, recipeKey: string, rootfs: string): void {
  writeFileSync(notePath(architecture, recipeKey), rootfs);
}

function notePath(architecture: Architecture, recipeKey: string): string {
  return join(cacheDirectory(), `recent-${architecture}-${recipeKey}`);
}
