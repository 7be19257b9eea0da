import { label, manager } from '../../api/labels.ts';
import { directoryOf, paths } from '../../api/order.ts';
import { claimName } from '../../cluster-view/names.ts';
import type { NixStore } from '../../cluster-view/objects.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import { storeOwner } from './owner.ts';
import type { StoreSettings } from './settings.ts';

/** The store's directory as a volume of its node, reserved for the one claim on it. */
export function volumeOf(store: NixStore, { storeClaimSize }: Pick<StoreSettings, 'storeClaimSize'>): Manifest {
  const { node, tenant } = store.spec;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: store.metadata.name, labels: labelsOf(store), ownerReferences: [storeOwner(store)] },
    spec: {
      capacity: { storage: storeClaimSize },
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: tenant,
        name: claimName(store.metadata.name),
      },
      hostPath: { path: `${paths.stores}/${directoryOf(store.spec)}`, type: 'Directory' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] },
      },
    },
  };
}

/** Made only once the volume is Available: then it binds in milliseconds, the other way round in 10–15 s. */
export function claimOf(store: NixStore, { storeClaimSize }: Pick<StoreSettings, 'storeClaimSize'>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace: store.spec.tenant,
      name: claimName(store.metadata.name),
      labels: labelsOf(store),
      ownerReferences: [storeOwner(store)],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      storageClassName: '',
      volumeName: store.metadata.name,
      resources: { requests: { storage: storeClaimSize } },
    },
  };
}

function labelsOf(store: NixStore): Readonly<Record<string, string>> {
  return { [label.managedBy]: manager, [label.storeUid]: store.metadata.uid, [label.tenant]: store.spec.tenant };
}
