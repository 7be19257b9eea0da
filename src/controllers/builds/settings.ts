import type { Isolation, LanguageFeature, StoreScope } from '../../api/order.ts';
import type { Verdict } from '../../cluster-view/history.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { OpenHosts } from '../../image-name/open-hosts.ts';

export interface Resources {
  readonly requests: Readonly<Record<string, string>>;
  /** Never an empty one: the API server leaves it out, and what it has would not be what was asked for. */
  readonly limits?: Readonly<Record<string, string>>;
}

/** What an operator's administrator decides about builds; see docs/reference/settings.md. */
export interface BuildSettings {
  /** enbi's own namespace: agents run there. */
  readonly namespace: string;
  /** enbi's own image, for all Jobs. */
  readonly image: string;
  readonly pullPolicy: string;
  readonly substituters: readonly string[] | undefined;
  readonly trustedPublicKeys: readonly string[] | undefined;
  /** Authorities of the flakes' hosts and of binary caches, beside the known ones: certificates as PEM. */
  readonly authorities: string | undefined;
  readonly languageFeatures: readonly LanguageFeature[] | undefined;
  /** Whether a stream script is built instead of the archive that is made of it. */
  readonly realiseStreamScripts: boolean;
  /** Whether a new tag of what enbi has built before is built without waiting for the kubelet to miss it. */
  readonly buildAhead: boolean;
  readonly isolation: Isolation | 'Auto';
  readonly timeoutSeconds: number;
  readonly maxSilentSeconds: number;
  readonly maxJobs: number;
  readonly cores: number;
  /** Of each of the two containers of a build's Pod. */
  readonly resources: Resources;
  /** Where containerd's socket lies on the nodes; undefined: known places are tried. */
  readonly socket: string | undefined;
  /** The snapshotter into which imports unpack; undefined: they do not. */
  readonly unpackInto: string | undefined;
  /** Most that `fetch` and `build` may each keep in /tmp. */
  readonly temporaryLimit: string;
  /** Of one import. */
  readonly importMemoryLimit: string;
  /** Which flakes of a namespace share a store. */
  readonly storeScope: StoreScope;
  /** What the claim of a store asks for. */
  readonly storeClaimSize: string;
  /** Attempts before a build has failed for the infrastructure; what makes it go on then: api/retries.ts. */
  readonly maxAttempts: number;
  /** Most NixBuilds that have a node at once, in all and on one node. */
  readonly maxBuilds: number;
  readonly maxBuildsPerNode: number;
  /** Whether the administrator's label selector keeps builds off a node. */
  readonly repels: (node: NodeView) => boolean;
  /** How long an agent stays that has nothing to do; `always`: there is one on every node that may build. */
  readonly agentIdle: number | 'always';
  /** How long a build Job that has built stays for other builds, in seconds; 0: it ends at once. */
  readonly builderIdle: number;
  readonly tolerations: readonly Toleration[];
  /** Whether nodes whose containerd has known holes are passed over. */
  readonly refuseVulnerableNodes: boolean;
  /** Public registries whose names may be built all the same. */
  readonly openHosts: OpenHosts;
  /** How long the build Job of a success stays, with its log. */
  readonly jobTtlSeconds: number;
  /** How many NixBuilds that enbi made stay as records. */
  readonly history: Readonly<Record<Verdict, HistoryLimit>>;
}

/** The newest so many stay, and none that ended longer ago than that; no age: however long ago. */
export interface HistoryLimit {
  readonly keep: number;
  readonly ageMs?: number | undefined;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: string;
}
