// @ts-check
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existingPart, lookAt } from './folders.mjs';
import { cgroupProblem, kernelProblem } from './kernel.mjs';
import { missingOf, programExists, toBuild, toRun } from './programs.mjs';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Looks at this machine: some hundredths of a second, and nothing is changed.
 *
 * @param {import('./needs.mjs').Needs} needs
 * @param {{ packagesAreCurrent: boolean }} found
 * @returns {import('./problems.mjs').Machine}
 */
export function observeMachine(needs, { packagesAreCurrent }) {
  const isRoot = process.getuid?.() === 0;
  const isSuitable = process.platform === 'linux' && isRoot;
  const building = needs.components && isSuitable && !componentsMayBeCached();
  const state = resolve(process.env.ENBI_CLUSTER_STATE ?? '/var/lib/enbi-cluster');
  return {
    platform: process.platform,
    isRoot,
    hasApt: programExists('apt-get'),
    hasMirror: process.env.ENBI_DEBIAN_MIRROR !== undefined || aptSources().some(namesDebian),
    missing: missingOf([...(needs.cluster ? toRun : []), ...(building ? toBuild : [])]),
    go: building ? findGo() : undefined,
    building,
    goOfModules: goOfModules(),
    folders: foldersOf(needs, { packagesAreCurrent, building, state }).map(lookAt),
    memory: freeMemory(),
    ...(needs.cluster && isSuitable ? kernelOf(state) : { cgroups: undefined, kernel: undefined }),
  };
}

/** @param {string} state */
function kernelOf(state) {
  return { cgroups: cgroupProblem(readFileSync('/proc/mounts', 'utf8')), kernel: kernelProblem(existingPart(state)) };
}

export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'enbi');
}

/** Of which version they are, only who builds them can tell. */
function componentsMayBeCached() {
  return entries(join(cacheFolder(), 'components')).some((name) => /^[0-9a-f]{16}$/.test(name));
}

/**
 * Where something will be written, and how much; measured with Kubernetes 1.37.
 *
 * @param {import('./needs.mjs').Needs} needs
 * @param {{ packagesAreCurrent: boolean, building: boolean, state: string }} known
 */
function foldersOf(needs, { packagesAreCurrent, building, state }) {
  const here = { ...place(checkout, 'this checkout', packagesAreCurrent ? 0.1 : 0.7), remedy: 'clone it elsewhere' };
  return [
    { ...here, anyPath: true },
    ...(packagesAreCurrent ? [] : [place(npmCache(), "npm's cache", 0.3, 'npm_config_cache')]),
    ...(needs.cluster || needs.image ? cacheFolders(needs, building) : []),
    ...(needs.cluster ? [place(state, 'the folder of clusters', 1.5, 'ENBI_CLUSTER_STATE')] : []),
    ...(building ? goFolders() : []),
  ];
}

/** @param {import('./needs.mjs').Needs} needs @param {boolean} building */
function cacheFolders(needs, building) {
  const image = needs.image && entries(join(cacheFolder(), 'image')).length === 0;
  return [
    place(cacheFolder(), "enbi's cache", (building ? 0.5 : 0) + (image ? 0.6 : 0), 'XDG_CACHE_HOME'),
    place(tmpdir(), 'the folder for temporary files', building ? 1 : 0.1, 'TMPDIR'),
  ];
}

/**
 * @param {string} path
 * @param {string} what
 * @param {number} gigabytes
 * @param {string} [setting]
 */
function place(path, what, gigabytes, setting) {
  return { path, what, needed: gigabytes * 1e9, remedy: `name another folder in ${setting}`, anyPath: false };
}

function npmCache() {
  return process.env.npm_config_cache ?? join(homedir(), '.npm');
}

/** What cluster/go.mod asks for. */
export function goOfModules() {
  return /^go (\S+)/m.exec(readFileSync(join(checkout, 'cluster/go.mod'), 'utf8'))?.[1] ?? '';
}

/** @returns {import('./problems.mjs').Go | undefined} */
export function findGo() {
  // Outside any module: inside one a newer Go would be fetched to answer.
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION', 'GOTOOLCHAIN'], { cwd: '/', encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [version = '', toolchain = ''] = stdout.split('\n');
  return { version: version.replace(/^go/, ''), isFixed: toolchain === 'local' };
}

function goFolders() {
  const { status, stdout } = spawnSync('go', ['env', '-json', 'GOCACHE', 'GOMODCACHE'], { cwd: '/', encoding: 'utf8' });
  if (status !== 0) return [];
  const { GOCACHE, GOMODCACHE } = JSON.parse(stdout);
  return [place(GOCACHE, "Go's build cache", 4, 'GOCACHE'), place(GOMODCACHE, "Go's module cache", 1.2, 'GOMODCACHE')];
}

/** What could be had without ending anything, in this process' cgroup as well. */
export function freeMemory() {
  const text = readText('/proc/meminfo');
  const kilobytes = ['MemAvailable', 'SwapFree'].map((name) =>
    Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0),
  );
  const free = kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
  const limit = process.constrainedMemory?.() ?? 0;
  return limit === 0 ? free : Math.min(free, limit);
}

function aptSources() {
  const more = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...entries(more).map((name) => join(more, name))];
  return files.flatMap((file) => readText(file).split('\n'));
}

/** @param {string} line */
function namesDebian(line) {
  return !line.trimStart().startsWith('#') && /:\S*\/debian\/?(\s|$)/.test(line);
}

/** @param {string} folder */
function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
