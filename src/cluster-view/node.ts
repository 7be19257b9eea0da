import { systemsAnnotation } from '../api/labels.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { allLabels, annotationsOf, projectMeta } from './project-meta.ts';
import { listOf, type Raw, rawOf, textOf } from './raw.ts';

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export interface NodeView extends Observed {
  readonly ready: boolean;
  /** When that changed last, as RFC 3339; empty: unknown. */
  readonly readySince: string;
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  /** As in `kubernetes.io/arch`: amd64, arm64, … */
  readonly architecture: string;
  readonly os: string;
  /** For example `containerd://2.1.9`. */
  readonly runtime: string;
  /** The default runtime handler runs Pods with `hostUsers: false`. */
  readonly userNamespaces: boolean;
}

export function projectNode(raw: unknown): NodeView {
  const node = rawOf(raw);
  const spec = rawOf(node.spec);
  const status = rawOf(node.status);
  const info = rawOf(status.nodeInfo);
  // A setting may name any label of a node.
  const metadata = projectMeta(node, {
    labels: allLabels(node),
    annotations: annotationsOf(node, [systemsAnnotation]),
  });
  const ready = listOf(status.conditions).find(({ type }) => type === 'Ready');
  return {
    metadata,
    ready: ready?.status === 'True',
    readySince: textOf(ready?.lastTransitionTime),
    unschedulable: spec.unschedulable === true,
    taints: listOf(spec.taints).map((taint) => ({
      key: textOf(taint.key),
      value: textOf(taint.value),
      effect: textOf(taint.effect),
    })),
    // The label wins: it is what Pods select on. The kubelet puts it right at every sync, so it differs only where somebody
    // holds it against that.
    architecture: metadata.labels?.['kubernetes.io/arch'] ?? textOf(info.architecture),
    os: metadata.labels?.['kubernetes.io/os'] ?? textOf(info.operatingSystem),
    runtime: textOf(info.containerRuntimeVersion),
    userNamespaces: listOf(status.runtimeHandlers).some(handlesUserNamespaces),
  };
}

function handlesUserNamespaces(handler: Raw): boolean {
  return textOf(handler.name) === '' && rawOf(handler.features).userNamespaces === true;
}
