import { TransientError } from '../errors.ts';
import { type FlakeReference, isPinned } from '../flake-reference/flake-reference.ts';
import type { GitHosts } from './ports.ts';

const usualPorts = { https: 443, http: 80, git: 9418 } as const;

/**
 * git waits two minutes for a host that a firewall keeps it from, in which nobody is told anything: the commonest such host is a
 * mistyped one. ssh has a bound of its own, and so has Nix for what it downloads itself. A commit may lie in an older clone.
 */
export async function expectAnswer(reference: FlakeReference, hosts: GitHosts): Promise<void> {
  if (reference.type !== 'git' || reference.transport === 'ssh' || isPinned(reference)) return;
  const { host, transport, port = usualPorts[transport] } = reference;
  const silentMs = await hosts.silentFor({ host, port, transport });
  if (silentMs === undefined) return;
  throw new TransientError(
    'NetworkUnreachable',
    `cannot reach the flake's host: ${host} did not answer at port ${port} for ${Math.round(silentMs / 1000)} s; is its name right? ` +
      'A NetworkPolicy, or a service mesh, may keep the Pod from it',
  );
}
