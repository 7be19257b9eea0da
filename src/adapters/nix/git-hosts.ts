import { connect, isIP } from 'node:net';
import type { GitHost, GitHosts } from '../../builder/ports.ts';

/** Time for four tries of the kernel's, after 1, 3 and 7 s. */
const patienceMs = 15_000;

interface Wishes {
  /** Of git: with a proxy in it, git asks that one, and the host may well be out of reach from here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly patience?: number;
}

/** The port by a connection that is closed at once. */
export function createGitHosts({ environment, signal, patience = patienceMs }: Wishes): GitHosts {
  return {
    silentFor: async (host) => {
      if (host.transport !== 'git' && hasProxy(environment)) return undefined;
      return (await isSilent(host, signal, patience)) ? patience : undefined;
    },
  };
}

function hasProxy(environment: Wishes['environment']): boolean {
  return Object.entries(environment).some(([name, value]) => /^(?:https?|all)_proxy$/i.test(name) && value !== '');
}

/** Whatever else comes of it, a refusal or a name that is not found, git says better. */
async function isSilent({ host, port }: GitHost, signal: AbortSignal, patience: number): Promise<boolean> {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ host: address, port, signal });
  let isFound = isIP(address) !== 0;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('lookup', (error) => {
    isFound = error === null;
  });
  socket.once('connect', () => resolve(false));
  socket.once('error', () => resolve(false));
  const timer = setTimeout(() => resolve(isFound), patience);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
