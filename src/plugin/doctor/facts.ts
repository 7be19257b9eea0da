import type { NodeView } from '../../cluster-view/node.ts';
import type { NamespaceView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { DeployedController } from '../deployed-controller.ts';

/** What somebody may not see. */
export type Forbidden = 'forbidden';

/** Everything the doctor looks at, read once. */
export interface Facts {
  readonly server: string;
  /** As the API server says it: `v1.37.2`. */
  readonly kubernetes: string;
  readonly pluginVersion: string;
  readonly enbiNamespace: string;
  /** What commands begin with that lead to the same API server: `kubectl --context x`, `kubectl enbi --context x`. */
  readonly kubectl: string;
  readonly self: string;
  readonly definitions: readonly DefinitionFacts[];
  readonly policies: readonly PolicyFacts[];
  readonly controller: DeployedController | undefined | Forbidden;
  readonly permissions: PermissionFacts | undefined | Forbidden;
  readonly pods: readonly OwnPod[] | Forbidden;
  readonly nodes: readonly NodeFacts[] | Forbidden;
  readonly stores: readonly NixStore[] | Forbidden;
  readonly builds: readonly NixBuild[] | Forbidden;
  /** enbi's own, and those with NixBuilds. */
  readonly namespaces: readonly NamespaceFacts[];
}

export interface DefinitionFacts {
  readonly name: string;
  readonly state: 'current' | 'another version' | 'missing' | Forbidden;
}

export type PolicyState = DefinitionFacts['state'];

export interface PolicyFacts {
  /** Where enbi's sources have them: `deploy/admission-jobs.yaml`. */
  readonly file: string;
  /** Named by kind and name. */
  readonly objects: readonly { readonly name: string; readonly state: PolicyState }[];
}

export interface PermissionFacts {
  readonly asked: number;
  /** `create batch/jobs`, for example. */
  readonly lacking: readonly string[];
  /** Whether it may read logs, which it can do without. */
  readonly readsLogs: boolean;
}

/** A Pod that enbi is made of, or makes. */
export interface OwnPod {
  /** What it does: `controller`, or the Job's: prepare, build, agent or remove. */
  readonly role: string;
  /** The Job of a builder that stays. */
  readonly builder?: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty: it has none yet. */
  readonly node: string;
  /** Why the scheduler cannot place it; empty when it can. */
  readonly unschedulable: string;
  /** The image that its first container asks for. */
  readonly asks: string;
  readonly containers: readonly OwnContainer[];
}

export interface OwnContainer {
  readonly name: string;
  readonly image: string;
  /** Why it waits, for example ErrImagePull; empty when it does not. */
  readonly waiting: string;
  /** What the kubelet says of that. */
  readonly message: string;
  readonly restarts: number;
  /** How it ended, or the run before this one; absent when it runs and is ready. */
  readonly ended?: { readonly exitCode: number; readonly reason: string; readonly message: string };
}

export interface NodeFacts {
  readonly view: NodeView;
  readonly kubelet: string;
  readonly diskPressure: boolean;
  readonly configured: KubeletFacts | { readonly unknown: string };
}

/** Of the kubelet's configuration. */
export interface KubeletFacts {
  /** Its imagePullCredentialsVerificationPolicy; empty: its default. */
  readonly policy: string;
  /** How many processes a Pod may have at once; undefined: as many as the node. */
  readonly podPidsLimit: number | undefined;
}

export type NamespaceFacts = { readonly name: string; readonly view: NamespaceView | undefined | Forbidden };
