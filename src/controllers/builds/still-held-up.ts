import type { NixBuild } from '../../cluster-view/objects.ts';

const ofPods = ['SecretNotFound', 'EnbiImageMissing', 'PodNotStarting'] as const;
const reasons = [...ofPods, 'WaitingForStore', 'RefusedByCluster', 'NameTaken'] as const;

/** What keeps an attempt from going on, most often until somebody does something. */
export interface Holdup {
  readonly reason: (typeof reasons)[number];
  readonly message: string;
  readonly progress: string;
}

/**
 * What held it up last stays told while it tries again and has begun nothing: whoever looks in between is not to read that all is
 * well. A step that knows better says so.
 */
export function stillHeldUp({ status }: NixBuild): Holdup | undefined {
  return (status.timesHeldUp ?? 0) === 0 ? undefined : toldHoldup(status, reasons);
}

/** The same where it is known by now that the store is ready, or that another one is waited for. */
export function podStillHeldUp(build: NixBuild): Holdup | undefined {
  return (build.status.timesHeldUp ?? 0) === 0 ? undefined : podToldHeldUp(build);
}

/** That a Pod does not start, if that is what was told last. */
export function podToldHeldUp({ status }: NixBuild): Holdup | undefined {
  return toldHoldup(status, ofPods);
}

function toldHoldup(status: NixBuild['status'], among: readonly Holdup['reason'][]): Holdup | undefined {
  const { reason: told, message = '' } = status.conditions?.find(({ type }) => type === 'Ready') ?? {};
  const reason = among.find((candidate) => candidate === told);
  return reason === undefined ? undefined : { reason, message, progress: status.progress ?? '' };
}
