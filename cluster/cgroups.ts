import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InternalError } from '../src/errors.ts';
import type { Folder } from './state.ts';

/**
 * All the cluster knows about the difference between cgroup v1 and v2. Tried on a host with v1 controllers beside an empty
 * v2 hierarchy; a host with v2 alone was not at hand, so that branch follows the kernel's documentation and runc's practice.
 *
 * Each node has a cgroup of its own, below one of the cluster, in every hierarchy of the machine; the kubelet is given it as
 * its root. No mount is made or changed.
 */
export interface Hierarchies {
  readonly version: 1 | 2;
  /** Mount points that a node needs its cgroup in. */
  readonly mounts: readonly string[];
}

export function readHierarchies(procMounts: string): Hierarchies {
  const mounts = procMounts.split('\n').map((line) => line.split(' '));
  const ofType = (type: string) => mounts.filter((mount) => mount[2] === type).map((mount) => mount[1] ?? '');
  const v1 = ofType('cgroup');
  return v1.length > 0
    ? { version: 1, mounts: [...v1, ...ofType('cgroup2')] }
    : { version: 2, mounts: ofType('cgroup2') };
}

/** Makes the node's cgroup and gives the kubelet's cgroupRoot and the files through which the node's init enters it. */
export async function createNodeCgroup(folder: Folder, node: string) {
  const { version, mounts } = await hierarchies();
  const root = `/${folder.id}/${node}`;
  const processFiles: string[] = [];
  for (const mount of mounts) {
    await createLevel(version, mount, folder.id);
    await createLevel(version, mount, join(folder.id, node));
    // v2 wants processes in leaves only, and the kubelet makes its own children beside this one.
    await createLevel(version, mount, join(folder.id, node, 'system'));
    processFiles.push(join(mount, folder.id, node, 'system', 'cgroup.procs'));
  }
  return { root, processFiles };
}

async function createLevel(version: 1 | 2, mount: string, path: string): Promise<void> {
  const [folder, parent] = [join(mount, path), join(mount, path, '..')];
  if (version === 2) await delegateControllers(parent);
  await mkdir(folder, { recursive: true });
  // On v1 a new cpuset is empty, and nothing can run in it until it is told otherwise.
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (version !== 1 || !existsSync(join(folder, file))) continue;
    await writeFile(join(folder, file), await readFile(join(parent, file), 'utf8'));
  }
}

async function delegateControllers(cgroup: string): Promise<void> {
  const controllers = (await readFile(join(cgroup, 'cgroup.controllers'), 'utf8')).trim().split(' ').filter(Boolean);
  for (const name of controllers) {
    // One that the machine keeps for itself is missed by the kubelet, if at all, with a better explanation.
    await writeFile(join(cgroup, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined);
  }
}

/** Removes the cluster's cgroups, or those of one node; their processes must have ended. */
export async function removeCgroups(folder: Folder, node = ''): Promise<void> {
  const { mounts } = await hierarchies();
  for (const mount of mounts) await removeTree(join(mount, folder.id, node));
}

async function removeTree(cgroup: string): Promise<void> {
  if (!existsSync(cgroup)) return;
  const entries = await readdir(cgroup, { withFileTypes: true });
  for (const entry of entries.filter((entry) => entry.isDirectory())) await removeTree(join(cgroup, entry.name));
  // The kernel lets go of a cgroup shortly after the last of its processes.
  for (let attempt = 0; attempt < 250; attempt++) {
    if (await removeOne(cgroup)) return;
    await sleep(20);
  }
  throw new InternalError('CgroupSurvives', `cannot remove ${cgroup}: processes are still in it`);
}

async function removeOne(cgroup: string): Promise<boolean> {
  try {
    await rmdir(cgroup);
    return true;
  } catch {
    return !existsSync(cgroup);
  }
}

async function hierarchies(): Promise<Hierarchies> {
  return readHierarchies(await readFile('/proc/mounts', 'utf8'));
}
