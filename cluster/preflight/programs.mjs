// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * What is taken from the machine: the Debian package, and how to see that it is there.
 *
 * @typedef {object} Need
 * @property {string} debianPackage
 * @property {readonly string[]} [programs]
 * @property {string} [file]
 * @property {readonly [string, ...string[]]} [probe] a command that succeeds
 */

/** @type {readonly Need[]} */
export const toRun = [
  { debianPackage: 'iproute2', programs: ['ip'] },
  { debianPackage: 'iptables', programs: ['iptables'] },
  { debianPackage: 'util-linux', programs: ['nsenter', 'unshare'] },
  { debianPackage: 'mount', programs: ['mount'] },
  { debianPackage: 'openssl', programs: ['openssl'] },
  { debianPackage: 'busybox-static', file: '/bin/busybox' },
];

/** @type {readonly Need[]} */
export const toBuild = [
  { debianPackage: 'gcc', programs: ['gcc'] },
  { debianPackage: 'libc6-dev', file: '/usr/include/stdio.h' },
  { debianPackage: 'pkg-config', programs: ['pkg-config'] },
  { debianPackage: 'libseccomp-dev', probe: ['pkg-config', '--exists', 'libseccomp'] },
];

/** @param {readonly Need[]} needs */
export function missingOf(needs) {
  return needs.filter((need) => !isMet(need)).map(({ debianPackage }) => debianPackage);
}

/** @param {Need} need */
function isMet({ programs = [], file, probe }) {
  if (!programs.every(programExists)) return false;
  if (file !== undefined && !existsSync(file)) return false;
  // A probe may need a program that is itself missing: its status is null then.
  return probe === undefined || spawnSync(probe[0], probe.slice(1), { stdio: 'ignore' }).status === 0;
}

/** @param {string} name */
export function programExists(name) {
  // An ordinary PATH of a user's shell lacks sbin, where ip and iptables live.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, name)));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
