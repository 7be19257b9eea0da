import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface FoundNode {
  readonly file: string;
  /** As it says it: `24.1.0`; undefined: it cannot be run. */
  readonly version: string | undefined;
}

/** The Node that `#!/usr/bin/env node` finds in somebody's shell: npm puts folders of its own before theirs. */
export function nodeInPath(path: string): FoundNode | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !folder.includes('node_modules'));
  const file = folders.map((folder) => join(folder, 'node')).find(isExecutable);
  return file === undefined ? undefined : { file, version: versionOf(file) };
}

/** What to say of it to whoever installs the plugin. */
export function nodeText(found: FoundNode | undefined, needed: number): string {
  const needs = `kubectl enbi needs Node ${needed} or later, as node in PATH`;
  if (found === undefined) return `${needs}; there is none: kubectl will not find a program to run it with`;
  const { file, version } = found;
  if (version === undefined) return `${needs}; ${file} cannot be run`;
  const isOld = Number.parseInt(version, 10) < needed;
  return `${needs}; found ${version} (${file})${isOld ? ': too old, put a newer one before it' : ''}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function versionOf(file: string): string | undefined {
  try {
    return /^v(\d+\.\d+\.\d+)/.exec(execFileSync(file, ['--version'], { encoding: 'utf8', timeout: 5000 }))?.[1];
  } catch {
    return undefined;
  }
}
