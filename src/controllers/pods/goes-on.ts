import type { Reason } from '../../api/reasons.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { Event } from '../../runtime/plan.ts';

/** What a Pod is told that is over when its build goes on. */
const corrected: readonly Reason[] = [
  'SecretNotFound',
  'EnbiImageMissing',
  'RefusedByCluster',
  'NameTaken',
  'PodRefused',
  'BuildFailed',
  'Cancelled',
];

/** Where a build is that nothing holds up. */
const goingOn: readonly Reason[] = ['WaitingForTurn', 'FetchRunning', 'BuildRunning', 'ImportRunning'];

/** What it was told last is no longer true: what people were to give is there, or another attempt has begun. */
export function goesOn({ metadata, status }: NixBuild, regarding: Event['regarding']): readonly Event[] {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || !isGoingOn(ready.reason, status)) return [];
  const message = `NixBuild ${metadata.name} goes on: ${ready.message}`;
  return [{ type: 'Normal', regarding, reason: 'BuildRequested', message, corrects: corrected }];
}

function isGoingOn(reason: Reason, { nextAttemptTime }: NixBuild['status']): boolean {
  return goingOn.includes(reason) || (reason === 'Retrying' && nextAttemptTime === undefined);
}
