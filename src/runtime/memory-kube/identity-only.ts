import { identityOf, metadataOf } from '../identity.ts';
import { type Observed, splitKey } from '../kube-object.ts';

/** A projection that keeps who an object is, and whether it is being deleted. */
export function identityOnly(raw: unknown): Observed {
  const { key, uid, resourceVersion } = identityOf(raw);
  const { namespace, name } = splitKey(key);
  const { deletionTimestamp } = metadataOf(raw);
  const metadata = { name, uid, resourceVersion, ...(namespace !== '' && { namespace }) };
  return { metadata: typeof deletionTimestamp === 'string' ? { ...metadata, deletionTimestamp } : metadata };
}
