import { claimName } from '../../cluster-view/names.ts';
import { type Plan, settled } from '../../runtime/plan.ts';
import {
  directoriesAreBeingMade,
  directoriesAreMade,
  directoriesAreMissing,
  directoriesFailed,
  directoriesTookTooLong,
  prepareJobIsLeft,
} from './directories.ts';
import { storeMakesRoom } from './makes-room.ts';
import type { SeenStore } from './observe.ts';
import { writeWasRefused } from './refused.ts';
import { tenantIsGone } from './removal.ts';
import type { StoreSettings } from './settings.ts';
import type { Rule, Situation } from './situation.ts';
import { figures, notReady, pathOf, statusPatch } from './status.ts';
import {
  claimIsGoing,
  claimIsMissing,
  claimIsNotBound,
  volumeIsMissing,
  volumeIsNotAvailable,
  volumeIsReleased,
} from './volumes.ts';

/**
 *   directories (Job in enbi's namespace) ► PersistentVolume ► Available ► claim in the tenant's namespace ► Bound: ready
 *   namespace gone, or another store needs the room: directories removed (Job) ► NixStore deleted
 * Volume first, claim after. A claim that somebody deleted leaves its volume Released: both are made anew over the same directory.
 */
export const rules: readonly Rule[] = [
  nodeIsAway,
  tenantIsGone,
  tenantIsGoing,
  storeMakesRoom,
  writeWasRefused,
  directoriesAreMissing,
  directoriesFailed,
  directoriesTookTooLong,
  directoriesAreBeingMade,
  directoriesAreMade,
  volumeIsMissing,
  volumeIsReleased,
  volumeIsNotAvailable,
  claimIsMissing,
  claimIsGoing,
  claimIsNotBound,
  prepareJobIsLeft,
  storeIsReady,
];

export function decideStore(seen: SeenStore, now: Date, settings: StoreSettings): Plan {
  if (seen.store.metadata.deletionTimestamp !== undefined) return settled('StoreIsGoing');
  const situation = { ...seen, now, settings };
  for (const rule of rules) {
    const plan = rule(situation);
    if (plan !== undefined) return plan;
  }
  return settled('NothingToDo');
}

function nodeIsAway(situation: Situation): Plan | undefined {
  if (situation.node !== undefined) return undefined;
  return notReady(situation, 'NodeGone', `node ${situation.store.spec.node} is not in the cluster`);
}

function tenantIsGoing(situation: Situation): Plan | undefined {
  const { namespace, store } = situation;
  if (namespace?.metadata.deletionTimestamp === undefined) return undefined;
  return notReady(situation, 'WaitingForVolume', `namespace ${store.spec.tenant} is being deleted`);
}

function storeIsReady(situation: Situation): Plan | undefined {
  const { store, builds } = situation;
  const usages = builds.map((build) => build.status.storeUsage).filter((usage) => usage !== undefined);
  const newest = usages.toSorted((a, b) => b.time.localeCompare(a.time))[0];
  const status = statusPatch(
    situation,
    {
      ready: 'True',
      volumeName: store.metadata.name,
      claimName: claimName(store.metadata.name),
      ...(newest === undefined ? {} : { ...figures(newest.sizeBytes, newest.freeBytes), lastUsed: newest.time }),
    },
    [{ type: 'Ready', status: 'True', reason: 'StoreReady', message: `${pathOf(situation)} on ${store.spec.node}` }],
  );
  return { because: 'StoreReady', actions: [], ...(status === undefined ? {} : { status }) };
}
