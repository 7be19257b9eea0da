import type { NixBuild } from '../../cluster-view/objects.ts';
import type { Event } from '../../runtime/plan.ts';

/** After a failure somebody asked for another attempt: what the Pod was told last is no longer true. */
export function askedAgain({ metadata, spec, status }: NixBuild, regarding: Event['regarding']): readonly Event[] {
  const { attemptsForgiven = 0 } = status;
  if (attemptsForgiven === 0) return [];
  const often = attemptsForgiven === 1 ? 'one attempt' : `${attemptsForgiven} attempts`;
  const message = `NixBuild ${metadata.name} builds ${spec.imageTag} again, as was asked after ${often}`;
  return [{ type: 'Normal', regarding, reason: 'BuildRequested', message }];
}
