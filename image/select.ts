import { globSync, lstatSync, readlinkSync, renameSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { type Architecture, libraries } from './architecture.ts';
import { dropped, kept, loadedByName } from './contents.ts';
import { makeDirectory } from './directory.ts';
import { neededLibraries } from './elf.ts';

/** Moves what contents.ts names, and every library it needs, from the unpacked packages to the rootfs; gives their paths. */
export function selectFiles(packages: string, rootfs: string, architecture: Architecture): readonly string[] {
  const selected = selection(packages, architecture);
  for (const path of selected) {
    makeDirectory(rootfs, dirname(path));
    renameSync(join(packages, path), join(rootfs, path));
  }
  return selected;
}

/** Paths of files and links, without a leading slash, in a fixed order. */
export function selection(packages: string, architecture: Architecture): string[] {
  const { directory, loader } = libraries[architecture];
  const unwanted = new Set(globSync([...dropped], { cwd: packages }));
  const named = globSync([...kept], { cwd: packages }).filter((path) => !unwanted.has(path));
  const chosen = new Set<string>();
  const waiting = [...named, loader, ...loadedByName.map((name) => join(directory, name))];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (chosen.has(path) || lstatSync(join(packages, path)).isDirectory()) continue;
    chosen.add(path);
    waiting.push(...wantedBy(packages, path, directory));
  }
  return [...chosen].toSorted();
}

function wantedBy(packages: string, path: string, directory: string): string[] {
  const file = join(packages, path);
  if (lstatSync(file).isSymbolicLink()) return linkTarget(path, readlinkSync(file));
  const libraryNames = neededLibraries(file) ?? [];
  return libraryNames.filter((name) => !basename(name).startsWith('ld-linux')).map((name) => join(directory, name));
}

/** A link brings what it leads to; one that leads nowhere in the packages fails the build. */
function linkTarget(path: string, target: string): string[] {
  return target.startsWith('/') ? [target.slice(1)] : [normalize(join(dirname(path), target))];
}
