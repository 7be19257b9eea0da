import { apiVersion, label } from '../api/labels.ts';
import type { Observed, OwnerReference } from '../runtime/kube-object.ts';
import { listOf, rawOf, textOf } from './raw.ts';

/**
 * Whose an object is. A uid, a label or an annotation alone proves nothing: a tenant writes what it likes on what it makes in its
 * own namespace. So each thing counts only where its owner's things are made: Pods beside their Job, build Jobs beside their
 * NixBuild, all else in enbi's namespace, where no tenant makes anything. What a tenant forges beside its own NixBuild says no
 * more than the programs of its own build may say.
 */

const job = { apiVersion: 'batch/v1', kind: 'Job' } as const;

/** Index value of a Job for its Pods. */
export function jobKey({ metadata: { namespace = '', name, uid } }: Observed): string {
  return `${namespace}/${name} ${uid}`;
}

/** The `jobKey` of the Job that made a Pod. */
export function jobKeyOfPod({ metadata }: Observed): string | undefined {
  const owner = controllerOf(metadata, job);
  return owner === undefined ? undefined : `${metadata.namespace ?? ''}/${owner.name} ${owner.uid}`;
}

export function isPodOf(pod: Observed, made: Observed): boolean {
  return jobKeyOfPod(pod) === jobKey(made);
}

/** Index value of a NixBuild, `namespace/name`, for what of it is in one namespace. */
export function workKey(namespace: string, build: string): string {
  return `${namespace} ${build}`;
}

/** The NixBuild, `namespace/name`, that an object says it works for (annotations: a name may be longer than a label holds). */
export function buildNamed({ metadata: { annotations = {} } }: Observed): string | undefined {
  const [namespace, name] = [annotations[label.buildNamespace], annotations[label.buildName]];
  return namespace === undefined || name === undefined ? undefined : `${namespace}/${name}`;
}

/** The NixBuild that a change of an object may matter to: one of its own namespace, or any when it is in enbi's. */
export function buildConcerned(object: Observed, enbiNamespace: string): string | undefined {
  const [named, { namespace = '' }] = [buildNamed(object), object.metadata];
  return namespace === enbiNamespace || named?.startsWith(`${namespace}/`) === true ? named : undefined;
}

/** Whether a Job in the NixBuild's namespace was made for it. */
export function isBuildJobOf({ metadata }: Observed, build: Observed): boolean {
  const owner = controllerOf(metadata, { apiVersion, kind: 'NixBuild' });
  return (
    metadata.namespace === build.metadata.namespace &&
    owner?.uid === build.metadata.uid &&
    owner.name === build.metadata.name &&
    metadata.labels?.[label.buildUid] === build.metadata.uid
  );
}

/** Whether a Job in enbi's namespace works for the NixBuild: owners do not reach across namespaces. */
export function isImportJobOf(object: Observed, { metadata }: Observed, enbiNamespace: string): boolean {
  return (
    object.metadata.namespace === enbiNamespace &&
    buildNamed(object) === `${metadata.namespace ?? ''}/${metadata.name}` &&
    object.metadata.labels?.[label.buildUid] === metadata.uid
  );
}

/** Whether what is found under a store's name was made for this very store. */
export function isOfStore({ metadata }: Observed, store: Observed): boolean {
  return controllerOf(metadata, { apiVersion, kind: 'NixStore' })?.uid === store.metadata.uid;
}

/** Of a Job or its Pod: it stays when it has built. */
export function isBuilder({ metadata: { labels = {} } }: Observed): boolean {
  return labels[label.builder] !== undefined;
}

/**
 * Whether a Job beside the NixBuilds of a store's tenant is a builder in this store. It takes what else is to be built there: so it goes with
 * its store, not with the NixBuild that it was made for.
 */
export function isBuilderOf(object: Observed, store: StoreOfTenant): boolean {
  return isBuilder(object) && object.metadata.namespace === store.spec.tenant && isOfStore(object, store);
}

interface StoreOfTenant extends Observed {
  readonly spec: { readonly tenant: string };
}

/** The name of the store that a builder says it is in. */
export function storeNamed({ metadata }: Observed): string | undefined {
  return controllerOf(metadata, { apiVersion, kind: 'NixStore' })?.name;
}

/** What an object of any kind says that made it, whatever that is worth: for people, who are shown it in its own namespace. */
export function makerNamed(raw: unknown): Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'> | undefined {
  const owner = listOf(rawOf(rawOf(raw).metadata).ownerReferences).find(({ controller }) => controller === true);
  if (owner === undefined) return undefined;
  const [apiVersion = '', kind = '', name = '', uid = ''] = [owner.apiVersion, owner.kind, owner.name, owner.uid].map(
    textOf,
  );
  return { apiVersion, kind, name, uid };
}

/** The API server lets an object have one such owner at most. */
function controllerOf(
  { ownerReferences = [] }: Observed['metadata'],
  { apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>,
): OwnerReference | undefined {
  return ownerReferences.find(
    (owner) => owner.controller === true && owner.apiVersion === apiVersion && owner.kind === kind,
  );
}
