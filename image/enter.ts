/** How a program is run inside a rootfs, for tests that need the image's own Nix, git or Node. */
export interface Entry {
  readonly rootfs: string;
  /** Directories of this machine by the path they are seen under, which must exist in the rootfs (`/nix`, `/srv`, `/home/enbi`, `/mnt`). */
  readonly binds?: Readonly<Record<string, string>>;
  /** Default: 1000, enbi's own; every capability is dropped unless it is 0. */
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The command that runs `command` in mount and PID namespaces of its own, as a container would: the rootfs read-only, an empty
 * /tmp and home, a fresh /proc (Nix looks for itself there), the machine's /dev (Nix needs a pseudo-terminal) and network.
 * Needs root; nothing is left mounted afterwards, and killing (SIGKILL) the first process kills all.
 */
export function enterRootfs(entry: Entry, command: readonly string[]): [program: string, ...args: string[]] {
  const uid = entry.uid ?? 1000;
  const binds = Object.entries(entry.binds ?? {}).flatMap(([inside, outside]) => [outside, inside]);
  return [
    'unshare',
    ...namespaces,
    ...inShell(mountScript, [entry.rootfs, home(uid), String(uid), String(binds.length / 2), ...binds]),
    '/usr/bin/env',
    '-i',
    ...environment(entry, uid),
    ...(uid === 0 ? [] : unprivileged(uid)),
    ...command,
  ];
}

const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation=private'] as const;

function inShell(script: string, args: readonly string[]): string[] {
  return ['sh', '-euc', script, 'enter', ...args];
}

function home(uid: number): string {
  return uid === 0 ? '/root' : '/home/enbi';
}

function environment(entry: Entry, uid: number): string[] {
  const env = { PATH: '/usr/bin', HOME: home(uid), SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt', ...entry.env };
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

function unprivileged(uid: number): string[] {
  const id = String(uid);
  return ['/usr/bin/setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--bounding-set=-all', '--no-new-privs'];
}

/** Arguments: rootfs, home, uid, number of binds, (outside, inside) for each, then the command. */
const mountScript = `
root=$1 home=$2 uid=$3 binds=$4
shift 4
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs -o "mode=700,uid=$uid" home "$root$home"
mount --rbind /dev "$root/dev"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
while [ "$binds" -gt 0 ]; do
  mount --rbind "$1" "$root$2"
  shift 2
  binds=$((binds - 1))
done
cd "$root"
chroot . "$@" # not exec: a process that changes its user is no longer killed with its parent, and this shell changes none
`;
