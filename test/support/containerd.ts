import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A containerd of its own in a temporary directory, with the kubelet's image service. Needs root. */
export interface TestContainerd extends AsyncDisposable {
  readonly socket: string;
  readonly directory: string;
  /** Of the daemon that runs now. */
  pid(): number;
  ctr(...args: string[]): Promise<string>;
  /** As if the node lost power, and back. */
  restart(): Promise<void>;
}

/** `bin` may hold any version that enbi works with. */
export async function startContainerd(bin: string): Promise<TestContainerd> {
  const directory = await mkdtemp(join(tmpdir(), 'enbi-containerd-'));
  const socket = join(directory, 'run', 'containerd.sock');
  const { stdout: version } = await promisify(execFile)(join(bin, 'containerd'), ['--version']);
  const config = / v?1\./.test(version) ? configOfOne(directory, socket) : configOfTwo(directory, socket);
  await writeFile(join(directory, 'config.toml'), config);
  let daemon = await startDaemon(bin, directory, socket);
  return {
    socket,
    directory,
    pid: () => daemon.pid ?? 0,
    ctr: async (...args) => {
      const { stdout } = await promisify(execFile)(join(bin, 'ctr'), ['-a', socket, '-n', 'k8s.io', ...args]);
      return stdout;
    },
    restart: async () => {
      await stopDaemon(daemon, 'SIGKILL');
      await rm(socket, { force: true });
      daemon = await startDaemon(bin, directory, socket);
    },
    [Symbol.asyncDispose]: async () => {
      await stopDaemon(daemon, 'SIGTERM');
      await unmountBelow(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** containerd 1.6 and 1.7, where one plugin does all that the kubelet asks for. */
function configOfOne(directory: string, socket: string): string {
  return `version = 2
root = '${directory}/root'
state = '${directory}/run'
[grpc]
  address = '${socket}'
[ttrpc]
  address = '${directory}/run/ttrpc.sock'
[plugins.'io.containerd.grpc.v1.cri']
  restrict_oom_score_adj = true
  [plugins.'io.containerd.grpc.v1.cri'.cni]
    bin_dir = '${directory}/cni/bin'
    conf_dir = '${directory}/cni/conf'
[plugins.'io.containerd.internal.v1.opt']
  path = '${directory}/opt'
`;
}

function configOfTwo(directory: string, socket: string): string {
  return `version = 3
root = '${directory}/root'
state = '${directory}/run'
disabled_plugins = ['io.containerd.nri.v1.nri']
[grpc]
  address = '${socket}'
[ttrpc]
  address = '${directory}/run/ttrpc.sock'
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['${directory}/cni/bin']
    conf_dir = '${directory}/cni/conf'
[plugins.'io.containerd.internal.v1.opt']
  path = '${directory}/opt'
`;
}

async function startDaemon(bin: string, directory: string, socket: string): Promise<ChildProcess> {
  await using log = await open(join(directory, 'log'), 'a');
  const args = ['--config', join(directory, 'config.toml')];
  const daemon = spawn(join(bin, 'containerd'), args, { stdio: ['ignore', log.fd, log.fd] });
  for (let attempt = 0; attempt < 100; attempt++) {
    const ready = await promisify(execFile)(join(bin, 'ctr'), [
      '-a',
      socket,
      '--connect-timeout',
      '1s',
      'version',
    ]).then(
      () => true,
      () => false,
    );
    if (ready) {
      return daemon;
    }
    await sleep(100);
  }
  await stopDaemon(daemon, 'SIGKILL');
  throw new Error(`containerd did not start:\n${await readFile(join(directory, 'log'), 'utf8')}`);
}

/** `ctr images mount` leaves a mount of containerd's own behind. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const target of mounts.filter((target) => target.startsWith(`${directory}/`)).toReversed()) {
    await promisify(execFile)('umount', [target]);
  }
}

async function stopDaemon(daemon: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (daemon.exitCode === null && daemon.signalCode === null) {
    const gone = once(daemon, 'exit');
    daemon.kill(signal);
    await gone;
  }
}
