import { isolationAnnotation } from '../../api/labels.ts';
import { type Isolation, isolations } from '../../api/order.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NamespaceView, NixBuild } from '../../cluster-view/objects.ts';

/**
 * How a build is isolated on a node: worked out at every pass, since the status says what its tenant may have written there.
 * What it says of a sandbox that was refused counts only where nobody demands one.
 */
export function isolationOf(
  { status }: NixBuild,
  { node, namespace }: { readonly node: NodeView; readonly namespace: NamespaceView },
  setting: Isolation | 'Auto',
): Isolation {
  const goesWithout = status.sandboxRefused !== undefined && !sandboxIsDemanded(namespace, setting);
  return goesWithout ? 'Unprivileged' : isolationFor(node, namespace, setting);
}

/**
 * How builds of a namespace are isolated on a node. Sandboxed wants user namespaces on the node (an unmasked /proc and an
 * unconfined seccomp profile are harmless only inside one) and a namespace whose Pod Security level does not forbid the two.
 */
export function isolationFor(node: NodeView, namespace: NamespaceView, setting: Isolation | 'Auto'): Isolation {
  if (!node.userNamespaces || forbidsUnmaskedProc(namespace)) return 'Unprivileged';
  return wished(namespace, setting) ?? 'Sandboxed';
}

/** Somebody said Sandboxed: where a Pod is refused for it, the build is not to go on without. */
export function sandboxIsDemanded(namespace: NamespaceView | undefined, setting: Isolation | 'Auto'): boolean {
  return wished(namespace, setting) === 'Sandboxed';
}

function wished(namespace: NamespaceView | undefined, setting: Isolation | 'Auto'): Isolation | undefined {
  const asked = isolations.find((isolation) => isolation === namespace?.metadata.annotations?.[isolationAnnotation]);
  return asked ?? (setting === 'Auto' ? undefined : setting);
}

function forbidsUnmaskedProc(namespace: NamespaceView): boolean {
  return namespace.podSecurity === 'restricted' || namespace.podSecurity === 'baseline';
}
