import { label } from '../api/labels.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { fingerprint, label63 } from './names.ts';

/** What of the settings an agent is made by: with another it is another agent. */
export interface AgentKind {
  readonly image: string;
  readonly pullPolicy: string;
  readonly socket: string | undefined;
  readonly importMemoryLimit: string;
  readonly maxBuildsPerNode: number;
  readonly tolerations: readonly object[];
}

/** What the orders for an agent are marked with, so that no other one takes them. */
export function agentVersion(kind: AgentKind): string {
  const { image, pullPolicy, socket = '', importMemoryLimit, maxBuildsPerNode, tolerations } = kind;
  const parts = [image, pullPolicy, socket, importMemoryLimit, `${maxBuildsPerNode}`, JSON.stringify(tolerations)];
  return `${image.slice(0, 400)} ${fingerprint(...parts)}`;
}

/** The Job of a node's agent, in enbi's namespace. Each version has its own, and so has a node that left and came again. */
export function agentName({ metadata: { name, uid } }: Observed, version: string): string {
  return `enbi-agent-${label63(name, 30)}-${fingerprint(uid, version)}`;
}

/** Of which node's agent this is the Job or the Pod: it counts in enbi's namespace alone, where no tenant makes anything. */
export function agentNodeOf({ metadata }: Observed, enbiNamespace: string): string | undefined {
  const { namespace, labels = {}, annotations = {} } = metadata;
  const isAgents = namespace === enbiNamespace && labels[label.agentOf] !== undefined;
  return isAgents ? annotations[label.agentNode] : undefined;
}
