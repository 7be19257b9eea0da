import { rawOf, textMap, textOf } from '../../../src/cluster-view/raw.ts';

/** An object as the API server gave it. */
export interface Live {
  readonly metadata: LiveMeta;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface LiveMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly LiveOwner[];
  readonly finalizers?: readonly string[];
  readonly generation?: number;
  readonly managedFields?: unknown;
}

export interface LiveOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export function liveOf(value: unknown): Live {
  const live = value as Live;
  if (textOf(rawOf(live.metadata).uid) === '') throw new Error('what the API server gave is no object');
  return live;
}

export function keyOfLive({ metadata: { namespace, name } }: Live): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function statusOf(live: Live): Readonly<Record<string, unknown>> {
  return rawOf(live.status);
}

export function annotationsOf(live: Live): Readonly<Record<string, string>> {
  return textMap(live.metadata.annotations);
}

export function isGoing({ metadata }: Live): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The object that made this one. */
export function controllerOf({ metadata }: Live): LiveOwner | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}
