import { fingerprint, label63 } from '../../cluster-view/names.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';

/**
 * The build Job of the current attempt. The uid is part of the fingerprint: a NixBuild that is deleted and made again never
 * takes up the Job of the one before.
 */
export function jobName(build: NixBuild): string {
  const { name, uid } = build.metadata;
  return `${label63(name, 36)}-${fingerprint(uid)}-build-${build.status.attempts ?? 0}`;
}

/** Of what the Jobs of the current attempt are told to do. */
export function orderId({ metadata, status }: NixBuild): string {
  return `${metadata.uid}-${status.attempts ?? 0}`;
}

/** The result's root in the store: stays while the NixBuild's result may be imported again. */
export function rootName(build: NixBuild): string {
  return `${label63(build.metadata.name, 100)}-${fingerprint(build.metadata.uid)}`;
}
