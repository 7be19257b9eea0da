import { ceilings } from '../../api/ceilings.ts';
import type { NixStore } from '../../cluster-view/objects.ts';
import { sameJson } from '../../cluster-view/same-json.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { ScopedStore } from './observe.ts';
import { storeRef } from './owner.ts';
import { makingRoom, removeStore } from './removal.ts';
import type { Situation } from './situation.ts';
import { notReady } from './status.ts';

/**
 * A namespace has as many stores for one repository each as it may have on a node: the idle one that was used longest ago goes, so that
 * there is always room for the next. First it says that it is not ready, which keeps new builds off it; one that was given its
 * node before that is seen in the pass after, and then it is prepared again. Once its Job is there it goes whatever comes.
 */
export function storeMakesRoom(situation: Situation): Plan | undefined {
  const { store, scoped, removeJob } = situation;
  const isOffered = store.status.prepared === false;
  if (isOffered && removeJob !== undefined) return removeStore(situation);
  if (longestUnused(scoped)?.metadata.uid !== store.metadata.uid) return undefined;
  if (!isOffered) return notReady(situation, 'StoreMakesRoom', makingRoom(situation), { prepared: false });
  return namesAreHandedOver(situation) ?? removeStore(situation);
}

function longestUnused(scoped: readonly ScopedStore[]): NixStore | undefined {
  const idle = scoped.filter(({ inUse }) => !inUse).map(({ store }) => store);
  return idle.toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)) || byUse(a, b))[0];
}

/** One that has begun to go comes first, so that no two go for one. */
function isReady({ status }: NixStore): boolean {
  return status.prepared !== false;
}

function byUse(a: NixStore, b: NixStore): number {
  return lastUse(a).localeCompare(lastUse(b)) || a.metadata.name.localeCompare(b.metadata.name);
}

function lastUse({ metadata, status }: NixStore): string {
  return status.lastUsed ?? metadata.creationTimestamp ?? '';
}

/** The image names that were loaded from it stay its namespace's: the store that was used last remembers them. */
function namesAreHandedOver({ store, scoped }: Situation): Plan | undefined {
  const others = scoped.map((each) => each.store).filter(({ metadata }) => metadata.uid !== store.metadata.uid);
  const heir = others.toSorted(byUse).at(-1);
  if (heir === undefined) return undefined;
  const known = heir.status.imageNames ?? [];
  const names = (store.status.imageNames ?? []).filter((name) => !known.includes(name));
  const imageNames = [...names, ...known].slice(-ceilings.namesOfStore.value);
  if (sameJson(imageNames, known)) return undefined;
  const status = { ref: storeRef(heir), resourceVersion: heir.metadata.resourceVersion, status: { imageNames } };
  return { because: 'NamesHandedOver', actions: [], status };
}
