import { rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { isGoing, type Live, statusOf } from '../server/live.ts';
import { claimsOf } from './pods.ts';
import type { Move, Stage } from './stand-in.ts';

/** The controller of volumes and claims, and what protects them while they are used. */
export function* volumes(stage: Stage): Iterable<Move> {
  for (const volume of stage.world.list('persistentvolumes')) yield* ofVolume(volume, stage);
  for (const claim of stage.world.list('persistentvolumeclaims')) yield* ofClaim(claim, stage);
}

function* ofVolume(volume: Live, { world, hands }: Stage): Iterable<Move> {
  const { uid } = volume.metadata;
  const phase = textOf(statusOf(volume).phase);
  const claimRef = rawOf(rawOf(volume.spec).claimRef);
  const claim = world.get('persistentvolumeclaims', `${textOf(claimRef.namespace)}/${textOf(claimRef.name)}`);
  const bound = textOf(claimRef.uid);
  if (isGoing(volume)) {
    if (claim?.metadata.uid === bound && bound !== '') return;
    yield { key: `release pv ${uid}`, afterMs: 100, make: () => hands.release('persistentvolumes', volume) };
  } else if (phase === '' || phase === 'Pending') {
    const status = { phase: 'Available' };
    yield { key: `available ${uid}`, afterMs: 50, make: () => hands.patchStatus('persistentvolumes', volume, status) };
  } else if (phase === 'Bound' && claim?.metadata.uid !== bound) {
    const status = { phase: 'Released' };
    yield { key: `released ${uid}`, afterMs: 100, make: () => hands.patchStatus('persistentvolumes', volume, status) };
  }
}

function* ofClaim(claim: Live, stage: Stage): Iterable<Move> {
  const { world, hands } = stage;
  const { uid, name, namespace } = claim.metadata;
  if (isGoing(claim)) {
    // One that has ended holds it as well: podUsesPVC in pvc_protection_controller.go.
    if (world.list('pods').some((pod) => claimsOf(pod).includes(`${namespace}/${name}`))) return;
    yield { key: `release pvc ${uid}`, afterMs: 100, make: () => hands.release('persistentvolumeclaims', claim) };
    return;
  }
  const volume = world.get('persistentvolumes', textOf(rawOf(claim.spec).volumeName));
  if (statusOf(claim).phase === 'Bound' || volume === undefined || isGoing(volume)) return;
  const claimRef = rawOf(rawOf(volume.spec).claimRef);
  if (statusOf(volume).phase !== 'Available' || claimRef.namespace !== namespace || claimRef.name !== name) return;
  yield { key: `bind ${uid}`, afterMs: 60, make: () => bind(volume, claim, stage) };
}

async function bind(volume: Live, claim: Live, { hands }: Stage): Promise<void> {
  await hands.patch('persistentvolumes', volume, { spec: { claimRef: { uid: claim.metadata.uid } } });
  await hands.patchStatus('persistentvolumes', volume, { phase: 'Bound' });
  const { accessModes, capacity } = rawOf(volume.spec);
  await hands.patchStatus('persistentvolumeclaims', claim, { phase: 'Bound', accessModes, capacity });
}
