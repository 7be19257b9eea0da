import { apiVersion } from '../../src/api/labels.ts';
import type { ResourceType } from '../../src/runtime/kube-client.ts';

/** Kinds that attackers make objects of. */
const types = {
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  Secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  Event: { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true },
  ResourceQuota: { apiVersion: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', namespaced: true },
  PersistentVolumeClaim: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    namespaced: true,
  },
  Job: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true },
  NixBuild: { apiVersion, kind: 'NixBuild', plural: 'nixbuilds', namespaced: true },
} as const satisfies Record<string, ResourceType>;

export type KindName = keyof typeof types;

export function typeOf(object: object): ResourceType {
  const kind = 'kind' in object ? String(object.kind) : '';
  const type = Object.values<ResourceType>(types).find((type) => type.kind === kind);
  if (type === undefined)
    throw new Error(`no attack makes objects of kind "${kind}": give it a row in resource-types.ts`);
  return type;
}
