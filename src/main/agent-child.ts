import { AskedOfChild, type Saying } from '../agent/agent-job.ts';
import { progressPrefix } from '../api/order.ts';
import { exitCode } from '../api/result.ts';
import { carryOutJob } from './carry-out-job.ts';
import { stopSignal } from './stop-signal.ts';

/** More than an agent prints of a line. */
const maxLine = 8000;

/**
 * `enbi agent-child`: does what its agent tells it to, one job for each line of its standard input, and ends with that. Returns the exit code.
 */
export async function runAgentChild(carryOut = carryOutJob, stop = stopSignal()): Promise<number> {
  // An agent that is gone hears nothing: this process ends by that.
  process.stdout.on('error', () => process.exit(exitCode.transientFailure));
  process.stdin.once('end', () => process.exit(exitCode.transientFailure));
  let rest = '';
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      void carryOut(AskedOfChild.parse(JSON.parse(line)), { stop, print }).then((answer) => say({ answer }));
    }
  });
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  return exitCode.transientFailure;
}

function print(line: string): void {
  if (line.startsWith(progressPrefix)) say({ progress: line.slice(progressPrefix.length).slice(0, maxLine) });
  else say({ line: line.replace(/^\[enbi\] /, '').slice(0, maxLine) });
}

function say(saying: Saying): void {
  process.stdout.write(`${JSON.stringify(saying)}\n`);
}
