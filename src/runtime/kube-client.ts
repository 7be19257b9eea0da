import type { ApiAnswer } from './api-status.ts';

/** The API server as the runtime needs it: adapters/kubernetes has the real one, memory-kube-client.ts the fake. */
export interface KubeClient {
  /** `undefined` when there is no such object. */
  get(type: ResourceType, name: ObjectName): Promise<unknown>;
  list(type: ResourceType, selection: ListSelection): Promise<ObjectPage>;
  /** Ends when the server's timeout passes or the signal aborts; throws when the request fails or the connection is cut. */
  watch(type: ResourceType, selection: WatchSelection, signal: AbortSignal): AsyncIterable<WatchEvent>;
  create(type: ResourceType, namespace: string | undefined, object: object, options?: WriteOptions): Promise<unknown>;
  patch(type: ResourceType, name: ObjectName, patch: object, options?: PatchOptions): Promise<unknown>;
  /** The object while finalizers or a grace period keep it, `undefined` when it is gone with this call. */
  delete(type: ResourceType, name: ObjectName, options: DeleteOptions): Promise<unknown>;
  /**
   * A container's log from the beginning, from a time on, or its end. Ends when the container has ended; without `follow` when all
   * there is has been told. Throws `TransientError` when there is no log (yet), or the connection is cut.
   */
  followLog(selection: LogSelection, signal: AbortSignal): AsyncIterable<LogLine>;
  version(): Promise<{ readonly gitVersion: string }>;
}

/** Asked before each write leaves the process. */
export interface WriteGuard {
  /** Throws when nothing may be written now. */
  check(): void;
  /** Aborted when writes that are under way are to be cut off. */
  readonly signal: AbortSignal;
}

export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListSelection extends Selection {
  readonly limit?: number | undefined;
  readonly continueToken?: string | undefined;
}

export interface ObjectPage {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly continueToken?: string | undefined;
}

export interface WatchSelection extends Selection {
  readonly resourceVersion: string;
  /** First all objects as they are now, then a bookmark that says so (KEP-3157). */
  readonly initialEvents?: boolean;
  readonly timeoutSeconds: number;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: unknown }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd?: boolean }
  | { readonly type: 'ERROR'; readonly status: ApiAnswer };

export interface WriteOptions {
  readonly fieldManager?: string | undefined;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status' | undefined;
  /** `merge` unless told; `apply` is server-side apply with force. */
  readonly contentType?: 'merge' | 'apply' | undefined;
}

export interface DeleteOptions {
  readonly uid?: string | undefined;
  readonly propagation: 'Background';
  /** Zero: at once, for a Pod that no kubelet knows. */
  readonly gracePeriodSeconds?: number | undefined;
}

/** What the API server passes on from a node's kubelet, for people who look on. */
export interface KubeletClient {
  /** How the kubelet of a node is configured. */
  kubeletConfig(node: string): Promise<unknown>;
}

export interface LogSelection {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly follow: boolean;
  /** RFC 3339; lines of that second may be told again. */
  readonly sinceTime?: string | undefined;
  /** So many of what there is; what comes later is told all the same. */
  readonly tailLines?: number | undefined;
  /** After so many bytes, of lines and times, it ends. */
  readonly limitBytes?: number | undefined;
}

export interface LogLine {
  /** When the kubelet got it: RFC 3339 with nanoseconds, so that texts compare as times do. */
  readonly time: string;
  readonly text: string;
}
