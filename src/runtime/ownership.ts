import { isAsAsked } from './as-asked.ts';
import { fieldsOf, metadataOf } from './identity.ts';
import type { Manifest } from './kube-object.ts';

/**
 * True when the live object is the one the manifest asks for: it has the same owners, by uid, and carries every label
 * of the manifest. Never by name alone, since anybody may have made an object of that name.
 */
export function liveObjectIsOurs(live: unknown, { metadata }: Manifest): boolean {
  const { ownerReferences, labels } = metadataOf(live);
  const liveOwners = Array.isArray(ownerReferences) ? ownerReferences.map((owner) => fieldsOf(owner)['uid']) : [];
  const liveLabels = fieldsOf(labels);
  return (
    (metadata.ownerReferences ?? []).every((owner) => liveOwners.includes(owner.uid)) &&
    Object.entries(metadata.labels ?? {}).every(([name, value]) => liveLabels[name] === value)
  );
}

/** Everything of a manifest but its metadata, which others may add to, and its status, which a create does not write. */
export function liveObjectIsAsAsked(live: unknown, manifest: Manifest): boolean {
  const { metadata: _, status: __, ...asked } = manifest;
  return isAsAsked(fieldsOf(live), asked);
}
