import { systemsAnnotation } from '../api/labels.ts';
import type { NodeView } from './node.ts';

/** Kubernetes' architecture → Nix' system. */
const systems: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux',
  arm64: 'aarch64-linux',
  arm: 'armv7l-linux',
  riscv64: 'riscv64-linux',
};

/** The system a node's Pods run on; undefined for architectures Nix builds nothing for. */
export function nativeSystem(node: NodeView): string | undefined {
  return systems[node.architecture];
}

/** The architectures that have a system, for people. */
export const architectures: readonly string[] = Object.keys(systems);

/** All that builds on a node may be for. Nix goes by the machine it runs on: where the label says otherwise, it must be told. */
export function systemsOf(node: NodeView): ReadonlySet<string> {
  const native = nativeSystem(node);
  return new Set([...(native === undefined ? [] : [native]), ...extraSystems(node)]);
}

/** Systems beyond its own that the node's administrator says it can build for (emulation, for example). */
function extraSystems(node: NodeView): readonly string[] {
  const declared = node.metadata.annotations?.[systemsAnnotation] ?? '';
  return declared
    .split(',')
    .map((system) => system.trim())
    .filter((system) => /^[a-z0-9_]+-[a-z0-9]+$/.test(system));
}
