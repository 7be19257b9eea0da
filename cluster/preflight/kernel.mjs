// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { programExists } from './programs.mjs';

const container = 'in a container, it has to be a privileged one';

/**
 * What of the kernel a node would miss, found by doing it once in namespaces that end at once; undefined: nothing.
 *
 * @param {string} disk an existing folder on the file system where containerd will have its layers
 */
export function kernelProblem(disk) {
  if (!programExists('unshare')) return undefined;
  const folder = mkdtempSync(join(disk, '.enbi-probe-'));
  try {
    const flags = ['--mount', '--net', '--pid', '--fork', '--uts'];
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
    const tried = spawnSync('unshare', [...flags, 'sh', '-ec', probe(folder)], { encoding: 'utf8', env });
    return tried.status === 0 ? undefined : explained(tried, disk);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each line says first what it tries, so that the last one said is the one that failed. @param {string} folder */
function probe(folder) {
  return [
    `cd '${folder}'; mkdir tmpfs lower upper work merged`,
    'echo mount; mount -n -t tmpfs probe tmpfs',
    'echo overlay; mount -n -t overlay -o lowerdir=lower,upperdir=upper,workdir=work probe merged',
    ...(programExists('ip') ? ['echo veth; ip link add one type veth peer name two'] : []),
    ...(programExists('ip') ? ['echo bridge; ip link add three type bridge'] : []),
    ...(programExists('iptables') ? ['echo nat; iptables -t nat -n -L >/dev/null'] : []),
  ].join('\n');
}

/** @type {Readonly<Record<string, (disk: string) => string>>} */
const meanings = {
  '': () => `root may not make namespaces here; ${container}`,
  mount: () => `root may not mount here; ${container}`,
  overlay: (disk) =>
    `overlayfs cannot be mounted on the disk of ${disk}; name a folder on another, ext4 or xfs, in ENBI_CLUSTER_STATE`,
  veth: () => `the kernel makes no virtual network cables (veth); ${container}`,
  bridge: () => `the kernel makes no network bridges; ${container}`,
  nat: () => 'iptables cannot use the table nat: load the kernel module iptable_nat or nf_tables',
};

/** @param {{ stdout: string, stderr: string }} tried @param {string} disk */
function explained({ stdout, stderr }, disk) {
  const step = stdout.trim().split('\n').at(-1) ?? '';
  const meaning = meanings[step] ?? meanings[''];
  return `${meaning?.(disk)} (${stderr.trim().split('\n')[0]?.slice(0, 200)})`;
}

/**
 * What the kubelet would miss of cgroups; undefined: nothing.
 *
 * @param {string} mounts as /proc/mounts says it
 * @param {(path: string) => string} read
 */
export function cgroupProblem(mounts, read = (path) => readFileSync(path, 'utf8')) {
  const lines = mounts.split('\n').map((line) => line.split(' '));
  const v1 = lines.filter(([, , type]) => type === 'cgroup');
  const all = [...v1, ...lines.filter(([, , type]) => type === 'cgroup2')];
  if (all.length === 0) return 'no cgroup hierarchy is mounted below /sys/fs/cgroup, and the kubelet needs one';
  const readOnly = all.find(([, , , options = '']) => options.split(',').includes('ro'));
  if (readOnly !== undefined) return `cgroups are read-only (${readOnly[1]}); ${container}`;
  const has =
    v1.length > 0 ? v1.flatMap(([, , , options = '']) => options.split(',')) : controllersOf(all[0]?.[1], read);
  const wanted = v1.length > 0 ? ['cpu', 'cpuacct', 'cpuset', 'memory'] : ['cpu', 'cpuset', 'memory', 'pids'];
  const lacking = wanted.filter((name) => !has.includes(name));
  if (lacking.length === 0) return undefined;
  return `the kubelet needs the cgroup controllers ${lacking.join(', ')}, which are off: on a Raspberry Pi boot with cgroup_enable=memory`;
}

/** @param {string | undefined} mount @param {(path: string) => string} read */
function controllersOf(mount, read) {
  return read(`${mount}/cgroup.controllers`).trim().split(/\s+/);
}
