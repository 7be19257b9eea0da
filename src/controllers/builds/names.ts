import { fingerprint, label63 } from '../../cluster-view/names.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';

export { jobName } from '../../cluster-view/names.ts';

/** Of what the Jobs of the current attempt are told to do. */
export function orderId({ metadata, status }: NixBuild): string {
  return `${metadata.uid}-${status.attempts ?? 0}`;
}

/** The result's root in the store: stays while the NixBuild's result may be imported again. */
export function rootName(build: NixBuild): string {
  return `${label63(build.metadata.name, 100)}-${fingerprint(build.metadata.uid)}`;
}
