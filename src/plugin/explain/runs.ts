import { listOf, type Raw, rawOf, textOf } from '../../cluster-view/raw.ts';
import { oneLine } from '../../printable.ts';

/** What became of a container's runs: more than enbi's rules look at. */
export interface Run {
  readonly name: string;
  readonly restarts: number;
  /** Why it waits, and what the kubelet says of that; empty when it does not. */
  readonly waiting: string;
  readonly message: string;
  /** True when it runs, and its probes say that it is ready. */
  readonly ready: boolean;
  readonly running: boolean;
  /** How it ended; or, when it was started again, how the run before did. */
  readonly ended?: { readonly exitCode: number; readonly reason: string; readonly message: string };
}

const longestMessage = 400;

export function runsOf({ status }: Raw): readonly Run[] {
  const { initContainerStatuses, containerStatuses, ephemeralContainerStatuses } = rawOf(status);
  return [initContainerStatuses, containerStatuses, ephemeralContainerStatuses].flatMap(listOf).map(runOf);
}

function runOf(status: Raw): Run {
  const state = rawOf(status.state);
  const waiting = rawOf(state.waiting);
  const ended = rawOf(state.terminated ?? rawOf(status.lastState).terminated);
  return {
    name: textOf(status.name),
    restarts: Number(status.restartCount ?? 0),
    waiting: textOf(waiting.reason),
    message: oneLine(textOf(waiting.message), longestMessage),
    ready: status.ready === true,
    running: state.running !== undefined,
    ...(ended.exitCode === undefined ? {} : { ended: endOf(ended) }),
  };
}

function endOf(ended: Raw): NonNullable<Run['ended']> {
  return {
    exitCode: Number(ended.exitCode),
    reason: textOf(ended.reason),
    message: oneLine(textOf(ended.message).trim(), longestMessage),
  };
}

/** `exited with 3, 6 restarts`; the reason where it says more than that. */
export function endText({ ended, restarts }: Pick<Run, 'ended' | 'restarts'>): string {
  if (ended === undefined) return '';
  const reason = ['', 'Error', 'Completed'].includes(ended.reason) ? '' : ` (${ended.reason})`;
  const often = restarts === 0 ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  return `exited with ${ended.exitCode}${reason}${often}`;
}
