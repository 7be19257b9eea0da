import { apiVersion } from '../api/labels.ts';
import type { ResourceType } from '../runtime/kube-client.ts';

/** Every resource the controller reads or writes; deploy/rbac.yaml grants just these. */
export const resource = {
  pods: { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  nodes: { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  volumes: { apiVersion: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', namespaced: false },
  claims: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true },
  jobs: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true },
  builds: { apiVersion, kind: 'NixBuild', plural: 'nixbuilds', namespaced: true },
  stores: { apiVersion, kind: 'NixStore', plural: 'nixstores', namespaced: false },
} as const satisfies Record<string, ResourceType>;
