import { fingerprint, label63 } from '../../cluster-view/names.ts';
import type { NixStore } from '../../cluster-view/objects.ts';

export function removeJobName(store: NixStore): string {
  return `remove-${label63(store.metadata.name, 40)}-${fingerprint(store.metadata.uid)}`;
}
