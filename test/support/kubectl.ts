import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Kubectl } from './git-server.ts';

export interface KubectlProgram {
  /** In PATH, or absolute. */
  readonly program: string;
  readonly kubeconfig: string;
  /** Default: below the user's home. */
  readonly cacheDirectory?: string;
}

/** Ends early, by rejecting, when the signal aborts. */
export function kubectlWith(how: KubectlProgram, signal?: AbortSignal): Kubectl {
  return async (args, stdin) => {
    const child = start(how, args, signal);
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
    const [code, stdout, stderr] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)]);
    if (code === 0) return stdout;
    throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim().slice(-4000)}`);
  };
}

/** For what prints lines until it is ended: `get --watch`, `logs --follow`. Returns when it ends, for whatever reason. */
export async function followKubectl(
  how: KubectlProgram,
  args: readonly string[],
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  const child = start(how, args, signal);
  child.stdin.end();
  child.stderr.resume();
  createInterface({ input: child.stdout }).on('line', onLine);
  await ended(child).catch(() => undefined);
}

/** In a process group of its own: Ctrl-C in a terminal is for whoever started this, who may still need kubectl to clean up. */
function start({ program, kubeconfig, cacheDirectory }: KubectlProgram, args: readonly string[], signal?: AbortSignal) {
  const cache = cacheDirectory === undefined ? {} : { KUBECACHEDIR: cacheDirectory };
  return spawn(program, args, {
    detached: true,
    env: { ...process.env, KUBECONFIG: kubeconfig, ...cache },
    ...(signal === undefined ? {} : { signal }),
  });
}

function ended(child: ReturnType<typeof start>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
}
