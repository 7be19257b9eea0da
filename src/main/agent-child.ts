import { AskedOfChild, type Saying } from '../agent/agent-job.ts';
import { progressPrefix } from '../api/order.ts';
import { exitCode } from '../api/result.ts';
import { carryOutJob } from './carry-out-job.ts';
import { stopSignal } from './stop-signal.ts';

/** `enbi agent-child`: does what its agent tells it to, one job after another, and ends with it. Returns the exit code. */
export async function runAgentChild(stop = stopSignal()): Promise<number> {
  process.once('disconnect', () => process.exit(exitCode.transientFailure));
  process.on('message', (message) => {
    void carryOutJob(AskedOfChild.parse(message), { stop, print }).then((answer) => say({ answer }));
  });
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  return exitCode.transientFailure;
}

function print(line: string): void {
  if (line.startsWith(progressPrefix)) say({ progress: line.slice(progressPrefix.length) });
  else say({ line: line.replace(/^\[enbi\] /, '') });
}

/** An agent that is gone hears nothing: this process ends by that. */
function say(saying: Saying): void {
  process.send?.(saying, undefined, undefined, () => {});
}
