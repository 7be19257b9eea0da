// @ts-check
/**
 * What a look at the machine found; `observe.mjs` is who looks.
 *
 * @typedef {object} Machine
 * @property {string} platform as Node names it
 * @property {boolean} isRoot
 * @property {boolean} hasApt missing programs can be installed
 * @property {boolean} hasMirror a Debian mirror is among apt's sources, or named
 * @property {readonly string[]} missing Debian packages whose programs are not there
 * @property {boolean} building no version of the components is there yet
 * @property {Go | undefined} go undefined: none in PATH, or none is needed
 * @property {string} goOfModules what cluster/go.mod asks for
 * @property {readonly Folder[]} folders
 * @property {number} memory bytes that are free, for whoever asks now
 * @property {string | undefined} cgroups what is wrong with them
 * @property {string | undefined} kernel what of it could not be used, and what was said
 *
 * @typedef {object} Go
 * @property {string} version such as 1.26.8
 * @property {boolean} isFixed it fetches no newer release of itself
 *
 * @typedef {object} Folder
 * @property {string} path
 * @property {string} what in a sentence
 * @property {string} remedy how to take another
 * @property {boolean} isPlain the path has only characters that need no quoting
 * @property {string | undefined} refusal why nothing can be written there
 * @property {string} disk the same for all folders of one file system
 * @property {number} free bytes on it
 * @property {number} needed bytes
 */

/**
 * One sentence each; none: all is there that can be known beforehand.
 *
 * @param {Machine} machine
 * @param {import('./needs.mjs').Needs} needs
 * @returns {string[]}
 */
export function problemsOf(machine, needs) {
  const foundation = foundationOf(machine, needs);
  if (foundation !== undefined) return [foundation];
  return [
    ...(machine.building ? goProblems(machine) : []),
    ...programProblems(machine),
    ...(needs.image ? imageProblems(machine) : []),
    ...machine.folders.flatMap(folderProblems),
    ...diskProblems(machine.folders),
    ...(needs.cluster ? clusterProblems(machine) : []),
  ];
}

/**
 * Whether the script does without the real parts where there can be none.
 *
 * @param {Machine | undefined} machine
 * @param {import('./needs.mjs').Needs} needs
 */
export function isSkipped(machine, needs) {
  return needs.optional && machine !== undefined && (machine.platform !== 'linux' || !machine.isRoot);
}

/**
 * Without it nothing else is worth telling.
 *
 * @param {Machine} machine
 * @param {import('./needs.mjs').Needs} needs
 */
function foundationOf({ platform, isRoot }, needs) {
  if (!needs.cluster && !needs.image) return undefined;
  if (platform !== 'linux') return `this needs Linux, and this is ${platform}: take a Linux machine or a virtual one`;
  if (!isRoot) return 'this needs root, for namespaces, mounts and cgroups: run it with sudo, or as root';
  return undefined;
}

const oldestGo = '1.21';

/** @param {Pick<Machine, 'go' | 'goOfModules'>} machine */
export function goProblems({ go, goOfModules }) {
  const get = 'https://go.dev/dl has it';
  if (go === undefined)
    return [`Go ${oldestGo} or later is not in PATH, and builds Kubernetes, etcd and containerd: ${get}`];
  if (isOlder(go.version, oldestGo)) return [`Go ${go.version} is too old, ${oldestGo} or later is needed: ${get}`];
  if (!go.isFixed || !isOlder(go.version, goOfModules)) return [];
  return [
    `Go ${go.version} is too old, and GOTOOLCHAIN=local keeps it from fetching ${goOfModules}: unset GOTOOLCHAIN, or install ${goOfModules} (${get})`,
  ];
}

/** @param {Machine} machine */
function programProblems({ missing, hasApt }) {
  if (missing.length === 0 || hasApt) return [];
  return [`these are missing, by their names in Debian, and there is no apt-get to install them: ${missing.join(' ')}`];
}

/** @param {Machine} machine */
function imageProblems({ hasApt, hasMirror }) {
  if (!hasApt) return ["enbi's image is unpacked from Debian packages, which takes apt-get: run this on Debian"];
  return hasMirror ? [] : ['no Debian mirror is among the apt sources: name one in ENBI_DEBIAN_MIRROR'];
}

/** @param {Folder} folder */
function folderProblems({ path, what, remedy, isPlain, refusal }) {
  if (!isPlain) return [`the path of ${what}, "${path}", has a space or another special character: ${remedy}`];
  return refusal === undefined ? [] : [`${what}, ${path}, cannot be written, as ${refusal}: ${remedy}`];
}

/** Folders of one disk share its room. @param {readonly Folder[]} folders */
function diskProblems(folders) {
  const disks = [...new Set(folders.map(({ disk }) => disk))];
  return disks.flatMap((disk) => {
    const together = folders
      .filter((folder) => folder.disk === disk && folder.needed > 0)
      .toSorted((one, other) => other.needed - one.needed);
    const needed = together.reduce((sum, folder) => sum + folder.needed, 0);
    const free = Math.min(...together.map((folder) => folder.free));
    if (needed <= free) return [];
    const parts = together.map((folder) => `${gigabytes(folder.needed)} for ${folder.what}, ${folder.path}`);
    return [
      `${gigabytes(needed)} are needed on one disk and ${gigabytes(free)} are free (${parts.join('; ')}): make room, or ${together[0]?.remedy}`,
    ];
  });
}

/** The largest program takes as much to link; a cluster with enbi and its example takes less. */
export const neededMemory = 2e9;

/** @param {Machine} machine */
function clusterProblems({ memory, cgroups, kernel }) {
  const little = `${gigabytes(neededMemory)} of memory are needed, and ${gigabytes(memory)} are free: end something else, or add swap`;
  return [...(memory < neededMemory ? [little] : []), ...[cgroups, kernel].filter((text) => text !== undefined)];
}

/** @param {number} bytes */
function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** @param {string} one @param {string} other */
function isOlder(one, other) {
  const [a, b] = [one, other].map((version) => version.split('.').map((part) => Number.parseInt(part, 10)));
  const at = [0, 1, 2].find((index) => (a?.[index] ?? 0) !== (b?.[index] ?? 0));
  return at !== undefined && (a?.[at] ?? 0) < (b?.[at] ?? 0);
}
