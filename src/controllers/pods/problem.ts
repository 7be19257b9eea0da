import type { Reason } from '../../api/reasons.ts';
import type { ContainerView } from '../../cluster-view/container.ts';

/** Something on a Pod that cannot be followed: what is wrong and what to write instead. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
}

/** For messages: `container web`, `volume pages`. */
export function titleOf({ list, name }: ContainerView): string {
  return `${list === 'volume' ? 'volume' : 'container'} ${name}`;
}
