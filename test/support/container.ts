import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** A container of enbi's image, as far as its first process can tell. */
export interface ContainerParts {
  readonly rootfs: string;
  /** An empty directory of its own. */
  readonly scratch: string;
  readonly mounts: readonly { readonly inside: string; readonly outside: string; readonly readOnly?: boolean }[];
  readonly env?: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/**
 * Runs a container: the command is process 1 of namespaces of its own, uid 1000 without any right, on a read-only root with a /tmp and a
 * /dev/shm of its own. It is entered by pivot_root, as a runtime does it: who is in a chroot may make no user namespace.
 */
export class Container {
  readonly #unshare: ChildProcess;
  readonly ended: Promise<number | null>;
  #output = '';

  constructor({ rootfs, scratch, mounts, env = {}, command }: ContainerParts) {
    const binds = mounts.flatMap(({ inside, outside, readOnly }) => [outside, inside, readOnly ? 'ro' : 'rw']);
    const variables = Object.entries({ PATH: '/usr/bin', HOME: '/home/enbi', ...env }).map((pair) => pair.join('='));
    const args = ['sh', '-euc', enterScript, 'enter', rootfs, scratch, String(mounts.length), ...binds];
    const as = ['/usr/bin/env', '-i', ...variables, '/usr/bin/setpriv', '--reuid', '1000', '--regid', '1000'];
    const unprivileged = [...as, '--clear-groups', '--bounding-set=-all', '--no-new-privs', ...command];
    const namespaces = ['--mount', '--pid', '--ipc', '--fork', '--propagation=private'];
    this.#unshare = spawn('unshare', [...namespaces, ...args, ...unprivileged], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#unshare.stdout, this.#unshare.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.ended = once(this.#unshare, 'close').then(() => this.#unshare.exitCode);
  }

  get output(): string {
    return this.#output;
  }

  get lines(): readonly string[] {
    return this.#output.split('\n').slice(0, -1);
  }

  /** Of the first process, on this machine; undefined: it has ended or not begun. */
  get pid(): number | undefined {
    return childrenOf(this.#unshare.pid ?? 0)[0];
  }

  /** All processes in it but the first, on this machine. */
  get others(): readonly number[] {
    const found: number[] = [];
    const waiting = [...childrenOf(this.pid ?? 0)];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      found.push(pid);
      waiting.push(...childrenOf(pid));
    }
    return found;
  }

  /** Bytes of memory that its processes have resident, shared pages counted for each. */
  get residentBytes(): number {
    const ids = this.pid === undefined ? [] : [this.pid, ...this.others];
    const sizes = ids.map((pid) => Number(/^VmRSS:\s*(\d+) kB$/m.exec(statusOf(pid))?.[1] ?? 0));
    return sizes.reduce((sum, size) => sum + size * 1024, 0);
  }

  signal(name: NodeJS.Signals): void {
    if (this.pid !== undefined) process.kill(this.pid, name);
  }

  /** With its first process all others go. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function statusOf(pid: number): string {
  return read(`/proc/${pid}/status`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Arguments: rootfs, scratch, number of mounts, (outside, inside, rw or ro) for each, then the command. */
const enterScript = `
rootfs=$1 scratch=$2 mounts=$3
shift 3
mount -t tmpfs tmp "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
cd "$scratch/root"
mount -t proc proc proc
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs -o mode=755 dev dev
for device in null zero full random urandom tty; do : >"dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
mkdir dev/shm dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
while [ "$mounts" -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p ".$2"; else mkdir -p ".\${2%/*}"; [ -e ".$2" ] || : >".$2"; fi
  mount --bind "$1" ".$2"
  [ "$3" = rw ] || mount -o remount,bind,ro ".$2"
  shift 3
  mounts=$((mounts - 1))
done
mount -o remount,ro "$scratch/root" .
pivot_root . .
umount -l /
cd /
exec "$@"
`;
