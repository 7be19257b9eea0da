import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Running {
  readonly output: Readable;
  readonly errors: Readable;
  /** How it ended: an exit code or a signal's name. */
  readonly ended: Promise<number | string>;
  kill(): void;
}

/** nobody, as everywhere on Linux (kernel: overflowuid). */
const nobody = '65534';

const isolation = [
  '/usr/bin/unshare',
  // No network device but a loopback that is down, so a script that fetches or serves anything fails.
  '--net',
  '--ipc',
  // First process of its own namespace: when it ends, whatever it started ends with it.
  '--pid',
  '--fork',
  '--kill-child',
  '--',
  '/usr/bin/setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--no-new-privs',
  '--inh-caps=-all',
  '--ambient-caps=-all',
  '--bounding-set=-all',
  // The kernel forgets what --kill-child asked for when the uid changes (credentials.7), so it is asked for again.
  '--pdeathsig=KILL',
  '--',
] as const;

/**
 * Runs a stranger's program with no argument, environment, input, network or privilege. Needs CAP_SYS_ADMIN (namespaces)
 * and SETUID, SETGID, SETPCAP (to give everything away).
 */
export function runScript(program: string): Running {
  const [command, ...args] = isolation;
  const child = spawn(command, [...args, program], {
    env: {},
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  ended.catch(() => {});
  return { output: child.stdout, errors: child.stderr, ended, kill: () => child.kill('SIGKILL') };
}
