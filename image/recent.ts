import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './architecture.ts';
import { cacheDirectory } from './cache.ts';

const day = 24 * 3600 * 1000;

/** The rootfs used last. It is recent when the Debian mirror was asked less than a day ago: most runs ask no one. */
export function rememberedRootfs(architecture: Architecture, recipeKey: string) {
  const note = notePath(architecture, recipeKey);
  if (!existsSync(note)) return undefined;
  const path = readFileSync(note, 'utf8');
  return existsSync(path) ? { path, isRecent: Date.now() - statSync(note).mtimeMs < day } : undefined;
}

export function rememberRootfs(architecture: Architecture, recipeKey: string, rootfs: string): void {
  writeFileSync(notePath(architecture, recipeKey), rootfs);
}

function notePath(architecture: Architecture, recipeKey: string): string {
  return join(cacheDirectory(), `recent-${architecture}-${recipeKey}`);
}
