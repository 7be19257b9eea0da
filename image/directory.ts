import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Makes `path` below `root`, and its parents at 0755, with the same modes under every umask. */
export function makeDirectory(root: string, path: string, mode = 0o755): void {
  if (path === '.') return;
  const first = mkdirSync(join(root, path), { recursive: true });
  if (first !== undefined) openParents(join(root, path), dirname(first));
  if (first !== undefined || mode !== 0o755) chmodSync(join(root, path), mode);
}

function openParents(leaf: string, stop: string): void {
  for (let parent = dirname(leaf); parent.length > stop.length; parent = dirname(parent)) chmodSync(parent, 0o755);
}
