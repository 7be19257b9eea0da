// @ts-check
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whether the folder, which need not be there yet, can be written, and how much room its disk has.
 *
 * @param {{ path: string, what: string, remedy: string, needed: number, anyPath: boolean }} folder
 * @returns {import('./problems.mjs').Folder}
 */
export function lookAt({ path, anyPath, ...rest }) {
  const existing = existingPart(path);
  const { bavail, bsize } = statfsSync(existing);
  return {
    path,
    ...rest,
    isPlain: anyPath || /^[\w@%+=,./-]+$/.test(path),
    refusal: refusalOf(existing),
    disk: String(statSync(existing).dev),
    free: bavail * bsize,
  };
}

/** The nearest folder above that is there. @param {string} path @returns {string} */
export function existingPart(path) {
  return existsSync(path) ? path : existingPart(dirname(path));
}

/** @param {string} folder */
function refusalOf(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return statSync(folder).isDirectory() ? undefined : `${folder} is a file`;
  } catch (thrown) {
    const code = Object(thrown).code;
    return code === 'EROFS' ? 'its file system is read-only' : `${folder} is not this user's to write`;
  }
}
