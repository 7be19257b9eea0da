import type { Plan } from '../../runtime/plan.ts';
import type { Situation } from './situation.ts';
import { notReady } from './status.ts';
import { claimOf, volumeOf } from './volume-manifests.ts';

/** One message for steps that take milliseconds each: every new message is a write here and on each NixBuild that waits. */
export const makingVolume = 'making its volume and claim';

export function volumeIsMissing(situation: Situation): Plan | undefined {
  if (situation.volume !== undefined) return undefined;
  const plan = notReady(situation, 'WaitingForVolume', makingVolume);
  return { ...plan, actions: [{ type: 'create', manifest: volumeOf(situation.store, situation.settings) }] };
}

export function volumeIsReleased(situation: Situation): Plan | undefined {
  const { volume } = situation;
  const released = volume?.phase === 'Released' || volume?.phase === 'Failed';
  if (volume === undefined || !released || volume.metadata.deletionTimestamp !== undefined) return undefined;
  const { name, uid } = volume.metadata;
  const plan = notReady(situation, 'WaitingForVolume', makingVolume);
  return { ...plan, actions: [{ type: 'delete', ref: { apiVersion: 'v1', kind: 'PersistentVolume', name, uid } }] };
}

export function volumeIsNotAvailable(situation: Situation): Plan | undefined {
  const phase = situation.volume?.phase;
  if (phase === 'Available' || phase === 'Bound') return undefined;
  return notReady(situation, 'WaitingForVolume', makingVolume);
}

export function claimIsMissing(situation: Situation): Plan | undefined {
  if (situation.claim !== undefined) return undefined;
  const plan = notReady(situation, 'WaitingForVolume', makingVolume);
  return { ...plan, actions: [{ type: 'create', manifest: claimOf(situation.store, situation.settings) }] };
}

/** Bound as it is: no Pod starts with it any more, and one that has ended keeps it from going as well (pvc_protection_controller.go). */
export function claimIsGoing(situation: Situation): Plan | undefined {
  const { metadata } = situation.claim ?? {};
  if (metadata?.deletionTimestamp === undefined) return undefined;
  const claim = `${metadata.namespace ?? ''}/${metadata.name}`;
  const message = `claim ${claim} is being deleted, and is made anew when each Pod that uses it is gone, ended or not`;
  return notReady(situation, 'WaitingForVolume', message);
}

/** Where the claim says so and the volume does not, it is the claim of the volume before: its deletion has not been seen yet. */
export function claimIsNotBound(situation: Situation): Plan | undefined {
  const { claim, store, volume } = situation;
  const isOfStore = claim?.phase === 'Bound' && claim.volumeName === store.metadata.name;
  if (isOfStore && volume?.phase === 'Bound') return undefined;
  return notReady(situation, 'WaitingForVolume', makingVolume);
}
