import { ceilings } from '../../api/ceilings.ts';
import { apiVersion } from '../../api/labels.ts';
import { nameDigest } from '../../cluster-view/name-digest.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { failure } from '../../cluster-view/outcome.ts';
import { nameKeyOf } from '../../image-name/name-key.ts';
import { nameIsTaken } from '../../image-name/taken.ts';
import type { StatusPatch } from '../../runtime/plan.ts';
import { fail } from './failing.ts';
import type { Rule, Situation } from './situation.ts';

/** Looked at before a place is given, and at every pass until the build begins. */
export const nameIsOthers: Rule = (situation) => (situation.nameIsTaken ? refuse(situation, 'Schedule') : undefined);

/** Somebody may have begun to use the name while it was built. What was loaded before keeps it. */
export const nameBecameOthers: Rule = (situation) =>
  situation.nameIsTaken && situation.importJob.job === undefined ? refuse(situation, 'Import') : undefined;

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
