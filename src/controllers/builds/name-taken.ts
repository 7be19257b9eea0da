import { ceilings } from '../../api/ceilings.ts';
import { apiVersion } from '../../api/labels.ts';
import { nameDigest } from '../../cluster-view/name-digest.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { failure } from '../../cluster-view/outcome.ts';
import { PolicyError, UserError } from '../../errors.ts';
import { parseImageTag } from '../../image-name/image-name.ts';
import { nameKeyOf } from '../../image-name/name-key.ts';
import { refuseProtectedName } from '../../image-name/protected-name.ts';
import { nameIsTaken } from '../../image-name/taken.ts';
import type { StatusPatch } from '../../runtime/plan.ts';
import { fail } from './failing.ts';
import type { BuildSettings } from './settings.ts';
import type { Rule, Situation } from './situation.ts';

/** Looked at before a place is given, and at every pass until the build begins. */
export const nameIsOthers: Rule = (situation) => (situation.nameIsTaken ? refuse(situation, 'Schedule') : undefined);

/** Somebody may have begun to use the name while it was built, or is loaded. What was loaded before keeps it. */
export const nameBecameOthers: Rule = (situation) => (situation.nameIsTaken ? refuse(situation, 'Import') : undefined);

/** It is none that enbi loads for nobody. */
export function mayHaveName(
  { spec }: NixBuild,
  { image, openHosts }: Pick<BuildSettings, 'image' | 'openHosts'>,
): boolean {
  try {
    refuseProtectedName(parseImageTag(spec.imageTag), { ownImage: image, openHosts });
    return true;
  } catch (thrown) {
    if (!(thrown instanceof UserError) && !(thrown instanceof PolicyError)) throw thrown;
    return false;
  }
}

function refuse(situation: Situation, stage: 'Schedule' | 'Import') {
  const { reason, message } = nameIsTaken(situation.build.spec.imageTag);
  return { ...fail(situation, stage, failure('NameConflict', false, message)), because: reason };
}

/** What has the store remember the name of the build's image as its namespace's; undefined: it does. */
export function nameToRecord({ spec }: NixBuild, { metadata, status }: NixStore): StatusPatch | undefined {
  const digest = nameDigest(nameKeyOf(spec.imageTag) ?? '');
  const known = status.imageNames ?? [];
  if (known.includes(digest)) return undefined;
  const { name, uid, resourceVersion } = metadata;
  const imageNames = [...known, digest].slice(-ceilings.namesOfStore.value);
  return { ref: { apiVersion, kind: 'NixStore', name, uid }, resourceVersion, status: { imageNames } };
}
