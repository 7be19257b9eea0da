import { asError, PolicyError, TransientError } from '../errors.ts';
import { Backoff } from '../runtime/backoff.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import type { KubeClient, LogSelection } from '../runtime/kube-client.ts';
import type { Log } from '../runtime/log.ts';

export interface LineStreamDeps {
  readonly client: Pick<KubeClient, 'followLog'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export type FollowedContainer = Pick<LogSelection, 'namespace' | 'name' | 'container'>;

export interface Listening {
  readonly of: FollowedContainer;
  /** Of each time that it is taken up. */
  readonly bounds: Pick<LogSelection, 'tailLines' | 'limitBytes'>;
  readonly hear: (line: string) => void;
  /** Nothing more is expected of it, so that its end is one. */
  readonly isOver: () => boolean;
  /** The log may not be read; it has ended by that. */
  readonly refused: (error: PolicyError) => void;
  /** It has ended, and is taken up later: something may be missed. */
  readonly cut?: () => void;
}

const again = { baseMs: 1000, capMs: 30_000 };
/** A stream that went on for so long was no failure. */
const calmMs = 10_000;

/** Reads the log of one container as it grows until it is over or stopped; taken up later and later while it fails. Never rejects. */
export async function listen(listening: Listening, deps: LineStreamDeps, stop: AbortSignal): Promise<void> {
  const backoff = new Backoff(deps.random);
  while (!stop.aborted) {
    const begunAt = deps.clock.monotonicMs();
    if ((await read(listening, deps, stop)) === 'over' || stop.aborted) return;
    listening.cut?.();
    if (deps.clock.monotonicMs() - begunAt >= calmMs) backoff.reset();
    await pause(deps.clock, backoff.nextMs(again), stop);
  }
}

async function read(listening: Listening, { client, log }: LineStreamDeps, stop: AbortSignal) {
  const { of, bounds } = listening;
  try {
    for await (const { text } of client.followLog({ ...of, follow: true, ...bounds }, stop)) listening.hear(text);
    return listening.isOver() ? 'over' : 'again';
  } catch (thrown) {
    if (thrown instanceof PolicyError) {
      listening.refused(thrown);
      return 'over';
    }
    const level = thrown instanceof TransientError ? 'debug' : 'warn';
    log[level]({ ...of, err: asError(thrown) }, 'a log cannot be followed now');
    return 'again';
  }
}
