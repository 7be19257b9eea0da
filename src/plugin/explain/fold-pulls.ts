import type { ToldEvent } from './told-event.ts';

/**
 * The kubelet's own complaints about an image that no registry has, as one line with a count: there is one each minute or so, of
 * hundreds of characters, and with enbi they are the beginning of a build and no mistake.
 */
export function foldPulls(events: readonly ToldEvent[]): readonly ToldEvent[] {
  const pulls = events.filter(isPull);
  const last = pulls.at(-1);
  if (last === undefined) return events;
  // Each pull is told by several events; one of them begins so.
  const failures = pulls.filter(({ message }) => message.startsWith('Failed to pull image'));
  const count = failures.reduce((sum, event) => sum + event.count, 0);
  const message = 'the kubelet found no such image in a registry; that is how enbi is asked for one';
  const folded = { ...last, type: 'Normal', reason: 'ImagePulls', message, count };
  return events.flatMap((event) => (event === last ? [folded] : isPull(event) ? [] : [event]));
}

/** `Failed` is told of much else than images (kubernetes/pkg/kubelet/images/image_manager.go has the texts). */
function isPull({ reason, message }: ToldEvent): boolean {
  if (reason === 'Pulling') return true;
  if (reason === 'BackOff') return message.startsWith('Back-off pulling image');
  return (
    reason === 'ErrImageNeverPull' ||
    (reason === 'Failed' && /^(Failed to pull image|Error: (ErrImage|ImagePull))/.test(message))
  );
}
