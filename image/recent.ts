import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asError } from '../src/errors.ts';
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

/**
 * The directory that `findNewest` gives, which asks a Debian mirror: at most once a day, and an earlier day's when the mirror
 * cannot be asked.
 */
export async function newestOfToday(
  architecture: Architecture,
  recipeKey: string,
  report: (line: string) => void,
  findNewest: () => Promise<string>,
): Promise<string> {
  const remembered = rememberedRootfs(architecture, recipeKey);
  if (remembered?.isRecent === true) return remembered.path;
  try {
    const newest = await findNewest();
    rememberRootfs(architecture, recipeKey, newest);
    return newest;
  } catch (error) {
    if (remembered === undefined) throw error;
    report(`using the packages of an earlier day: ${asError(error).message.split('\n')[0]}`);
    return remembered.path;
  }
}

export function rememberRootfs(architecture: Architecture, recipeKey: string, rootfs: string): void {
  writeFileSync(notePath(architecture, recipeKey), rootfs);
}

function notePath(architecture: Architecture, recipeKey: string): string {
  return join(cacheDirectory(), `recent-${architecture}-${recipeKey}`);
}
