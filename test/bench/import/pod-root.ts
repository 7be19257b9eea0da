import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InternalError } from '../../../src/errors.ts';

/** Whose store it is. */
export const tenant = 'team';
const storeOfTenant = `enbi/stores/${tenant}/nix/store`;

export interface PodMounts {
  /** At /nix/store, and as the store of `tenant` where an agent has it; read-only. */
  readonly store: string;
  /** At /host/run/containerd. */
  readonly socketFolder?: string;
  /** At /opt/enbi. */
  readonly program?: string;
  /** Node's own folder, at /opt/node. */
  readonly node?: string;
}

/** A root of its own with what an agent's Pod sees, and this machine's programs. */
export interface PodRoot extends AsyncDisposable {
  /** The folder that is the Pod's /enbi. */
  readonly enbi: string;
  /** What runs a command in the Pod. */
  readonly command: readonly string[];
  /** Runs a program in the Pod, its output into an open file. */
  write(command: readonly string[], fd: number): Promise<void>;
}

/**
 * Processes in it are started as they are in a Pod, with the same paths, but by one `exec`: what is measured is the program, not a
 * runtime. The mounts are in a namespace that ends with the one process in it.
 */
export async function openPodRoot(mounts: PodMounts): Promise<PodRoot> {
  const scratch = await mkdtemp(join(tmpdir(), 'enbi-pod-'));
  const root = join(scratch, 'root');
  const enbi = join(scratch, 'enbi');
  await mkdir(root);
  await mkdir(join(enbi, 'order'), { recursive: true });
  await mkdir(join(enbi, 'imports'));
  const holder = spawn('/usr/bin/unshare', ['--mount', '/bin/bash', '-ec', script(root, enbi, mounts)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await ready(holder);
  const inside = `/proc/${holder.pid}/root${root}`;
  const command = ['/usr/bin/nsenter', `--mount=/proc/${holder.pid}/ns/mnt`, `--root=${inside}`, '--wdns=/'];
  return {
    enbi,
    command,
    write: (program, fd) => runInto([...command, ...program], fd),
    async [Symbol.asyncDispose]() {
      const gone = once(holder, 'exit');
      holder.stdin?.end();
      await gone;
      await rm(scratch, { recursive: true });
    },
  };
}

/** Prints a line when the mounts are made, then waits for its input to end. */
function script(root: string, enbi: string, { store, socketFolder, program, node }: PodMounts): string {
  const shared = ['usr', 'bin', 'sbin', 'lib', 'lib64', 'etc'].map((name) => ({ from: `/${name}`, to: name }));
  const own = [
    { from: store, to: 'nix/store' },
    { from: enbi, to: 'enbi' },
    { from: store, to: storeOfTenant },
    ...(socketFolder === undefined ? [] : [{ from: socketFolder, to: 'host/run/containerd' }]),
    ...(program === undefined ? [] : [{ from: program, to: 'opt/enbi' }]),
    ...(node === undefined ? [] : [{ from: node, to: 'opt/node' }]),
  ];
  const mount = ({ from, to }: { from: string; to: string }) =>
    `[ ! -d '${from}' ] || { mkdir -p '${root}/${to}'; mount --bind '${from}' '${root}/${to}'; }`;
  return [
    'mount --make-rprivate /',
    `mount -t tmpfs enbi-pod '${root}'`,
    ...[...shared, ...own].map(mount),
    ...['nix/store', storeOfTenant].map((path) => `mount -o remount,bind,ro '${root}/${path}'`),
    `mkdir -p '${root}/proc' '${root}/dev' '${root}/tmp'`,
    `mount -t proc proc '${root}/proc'`,
    ...['null', 'urandom', 'random'].map(
      (name) => `touch '${root}/dev/${name}'; mount --bind /dev/${name} '${root}/dev/${name}'`,
    ),
    'echo ready',
    'read -r _ || true',
  ].join('\n');
}

async function ready(holder: ChildProcess): Promise<void> {
  const ended = once(holder, 'exit').then(([code]) => {
    throw new InternalError('CommandFailed', `the mounts of a Pod could not be made: exit code ${String(code)}`);
  });
  await Promise.race([once(holder.stdout ?? holder, 'data'), ended]);
  ended.catch(() => {});
}

async function runInto(argv: readonly string[], fd: number): Promise<void> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', fd, 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new InternalError('CommandFailed', `${argv.at(-1)}: exit code ${String(code)}`);
}
