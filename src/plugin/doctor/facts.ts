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
  readonly definitions: readonly DefinitionFacts[];
  readonly policies: readonly PolicyFacts[];
  readonly controller: DeployedController | undefined | Forbidden;
  readonly permissions: PermissionFacts | undefined | Forbidden;
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
