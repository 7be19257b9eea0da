import type { Change } from './observed.ts';

/** When what was first seen, by object; times are of this process, so they can be compared. */
export type Moments = Readonly<Partial<Record<Moment, number>>>;
type Moment = 'created' | 'waiting' | 'woken' | 'running' | 'ready' | 'jobCreated' | 'built' | 'loaded';

export interface Timeline {
  record(change: Change): void;
  of(object: { readonly uid: string }): Moments;
}

export function createTimeline(): Timeline {
  const byObject = new Map<string, Partial<Record<Moment, number>>>();
  return {
    record: (change) => {
      const { after, at } = change;
      if (after === undefined) return;
      const moments = byObject.get(after.uid) ?? {};
      for (const moment of momentsOf(change)) moments[moment] ??= at;
      byObject.set(after.uid, moments);
    },
    of: ({ uid }) => byObject.get(uid) ?? {},
  };
}

function momentsOf({ after }: Change): Moment[] {
  const reached: readonly [Moment, boolean][] = after === undefined ? [] : [['created', true], ...stateOf(after)];
  return reached.filter(([, isReached]) => isReached).map(([moment]) => moment);
}

function stateOf(object: NonNullable<Change['after']>): readonly [Moment, boolean][] {
  if (object.kind === 'Pod') {
    const { waiting, woken, running, ready } = object;
    return [
      ['waiting', /ErrImagePull|ImagePullBackOff|ErrImageNeverPull|RegistryUnavailable/.test(waiting)],
      ['woken', woken !== ''],
      ['running', running],
      ['ready', ready],
    ];
  }
  if (object.kind !== 'NixBuild') return [];
  const { status, buildJobName } = object.status;
  return [
    ['jobCreated', buildJobName !== undefined],
    ['built', status === 'Importing' || status === 'Succeeded'],
    ['loaded', status === 'Succeeded'],
  ];
}

export interface Stage {
  readonly name: string;
  readonly seconds: number;
}

/** The road of one Pod, cut where it passes from one to the next; a stage without both ends is left out. */
export function stagesOf(pod: Moments, build: Moments): Stage[] {
  const cuts: readonly (readonly [string, number | undefined, number | undefined])[] = [
    ['scheduled, pull failed', pod.created, pod.waiting],
    ['seen by enbi', pod.waiting, build.created],
    ['node, store, build Job', build.created, build.jobCreated],
    ['fetch and build', build.jobCreated, build.built],
    ['import', build.built, build.loaded],
    ['woken, container runs', build.loaded, pod.running],
    ['probe, Ready', pod.running, pod.ready],
    ['in all', pod.created, pod.ready],
  ];
  return cuts.flatMap(([name, from, to]) =>
    from === undefined || to === undefined ? [] : [{ name, seconds: Math.max(to - from, 0) / 1000 }],
  );
}

/** Aligned, one stage a line. */
export function stageTable(stages: readonly Stage[]): string {
  const width = Math.max(...stages.map(({ name }) => name.length));
  return stages.map(({ name, seconds }) => `${name.padEnd(width)} ${seconds.toFixed(2).padStart(7)} s`).join('\n');
}
