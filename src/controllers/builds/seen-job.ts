import type { Said } from '../../api/report.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Refusal } from '../../runtime/refusals.ts';

/** A Job of the current attempt and its Pod, each if it is there. */
export interface SeenJob {
  readonly job: JobView | undefined;
  readonly pod: PodView | undefined;
  /** What containers that run have said so far, by name; nothing of one that cannot be read now. */
  readonly said: ReadonlyMap<string, Said>;
  /** What keeps the Pod from starting, or from being made; empty: nothing, or it is too early to ask. Undefined: it cannot be read now. */
  readonly trouble: string | undefined;
  /** Which order it is asked about: what it says of others is of no concern. */
  readonly order?: string;
}

/** Of a build Job that is a builder, which others may take. */
export interface SeenBuilder {
  /** It is told of this build, not of another one that has taken it at the same time. */
  readonly hasTurn: boolean;
  /** What it says is still of an order before. Not where nothing is heard: it may build, and be heard in a moment. */
  readonly isAtAnother: boolean;
  /** Of what it was to be told, what the API server refused. */
  readonly refusals: readonly Refusal[];
}

export type JobAndPod = Pick<SeenJob, 'job' | 'pod'>;

export const noJob: JobAndPod = { job: undefined, pod: undefined };

/** By the uid of the Pod, or of the Job that has none. */
export type Troubles = ReadonlyMap<string, string | undefined>;

export function troubleOf({ job, pod }: JobAndPod, troubles: Troubles): string | undefined {
  const { uid = '' } = (pod ?? job)?.metadata ?? {};
  return troubles.has(uid) ? troubles.get(uid) : '';
}
