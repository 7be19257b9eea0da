import type { StageFailure } from '../api/result.ts';
import { oneLine } from '../printable.ts';

/** How one of the agent's processes ended that gave no answer. */
export interface Ended {
  readonly code: number | null;
  /** It was never started. */
  readonly notStarted?: string | undefined;
  readonly signal: NodeJS.Signals | null;
  /** The last it said, for a reader of its code. */
  readonly words: string;
  /** The agent's own doing. */
  readonly killedFor?: 'time' | 'stop' | 'talk' | undefined;
}

/** What Node says, and V8 before it aborts, when the kernel gives it no more memory. */
const outOfMemory = /out of memory|[Aa]llocation failed|allocate memory|bad_alloc|ENOMEM/;

export function failureOf(ended: Ended, seconds: number): StageFailure {
  if (ended.killedFor === 'time') {
    return failure('BuildTimedOut', false, `the import took longer than ${seconds} seconds and was ended`);
  }
  if (ended.killedFor === 'stop') return failure('PodLost', true, 'the import was stopped');
  if (ended.killedFor === 'talk') {
    return failure('InvalidResult', false, 'the import said more than any import has to say, and was ended');
  }
  if (ended.notStarted !== undefined) {
    return failure('PodLost', true, `the import could not be started: ${oneLine(ended.notStarted, 300)}`);
  }
  if (outOfMemory.test(ended.words)) {
    return failure('OutOfMemory', true, 'the import needed more memory than its limit and was ended');
  }
  if (ended.signal === 'SIGKILL') {
    return failure(
      'OutOfMemory',
      true,
      'the import was killed from outside, most likely as the node had no memory left',
    );
  }
  const how = ended.signal ?? `exit code ${ended.code}`;
  const words = oneLine(ended.words.trim(), 300);
  return failure('InvalidResult', false, `the import ended with no result (${how}${words === '' ? '' : `: ${words}`})`);
}

export function failure(reason: StageFailure['reason'], retry: boolean, message: string): StageFailure {
  return { ok: false, reason, retry, message };
}
