import { once } from 'node:events';
import { failureText } from '../../src/failure-text.ts';
import { parseArguments } from './arguments.ts';
import { reportFailure } from './report-failure.ts';
import type { Stage } from './stage.ts';
import { embeddedStage } from './steps/embedded-cluster.ts';
import { existingStage } from './steps/existing-cluster.ts';
import { showAround } from './steps/look-around.ts';
import { tellStory } from './story.ts';
import { createTerminal, wantsColor } from './terminal.ts';

const options = parseArguments(process.argv.slice(2));
const terminal = createTerminal({
  output: process.stdout,
  color: wantsColor(process.stdout, process.env),
  now: () => performance.now(),
});
const interrupted = new AbortController();
/** Ends with the story as well, and with it all that follows the cluster. */
const telling = new AbortController();

// A reader that left, or a terminal that was closed, must not end the process before it has cleaned up.
process.stdout.on('error', () => undefined);
// One Ctrl-C may arrive twice, from the terminal and from npm: however often it comes, it means the same.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort(new Error(name)));
interrupted.signal.addEventListener('abort', () => {
  telling.abort(interrupted.signal.reason);
  terminal.live('stopping as soon as what runs right now allows');
});

process.exitCode = await run();
terminal.close();

async function run(): Promise<number> {
  const { name, kubeconfig, keep } = options;
  const stage =
    kubeconfig === undefined
      ? embeddedStage(name, terminal, telling.signal)
      : existingStage(kubeconfig, terminal, telling.signal);
  if (!(await claimed(stage))) return 1;
  const code = await play(stage);
  telling.abort(new Error('the story is over'));
  if (!(await (keep ? kept(stage) : left(stage)))) return 1;
  if (code === 0 && options.once) terminal.print('\nall of it held', 'good');
  return code;
}

/** What is refused here has touched nothing, so there is nothing to tear down either. */
async function claimed(stage: Stage): Promise<boolean> {
  try {
    await stage.claim();
    return true;
  } catch (thrown) {
    terminal.print(failureText(thrown), 'bad');
    return false;
  }
}

async function play(stage: Stage): Promise<number> {
  try {
    terminal.act('A cluster with enbi in it');
    const place = await stage.enter();
    await tellStory(place, terminal, telling.signal, options.once);
    if (!options.once) await lookAround(place.program);
    return 0;
  } catch (thrown) {
    if (interrupted.signal.aborted) return 130;
    await reportFailure(thrown, stage.program(), terminal);
    return 1;
  }
}

async function lookAround(program: Parameters<typeof showAround>[0]): Promise<void> {
  showAround(program, terminal);
  if (options.keep || interrupted.signal.aborted) return;
  // A signal that is waited for keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  await once(interrupted.signal, 'abort');
  clearInterval(alive);
}

async function kept(stage: Stage): Promise<boolean> {
  try {
    await stage.keep();
    terminal.print(`\neverything stays up; remove it with: ${stage.leaveLater}`);
    return true;
  } catch (thrown) {
    terminal.print(failureText(thrown), 'bad');
    return false;
  }
}

async function left(stage: Stage): Promise<boolean> {
  try {
    terminal.live('');
    terminal.act('Tear down');
    await stage.leave();
    return true;
  } catch (thrown) {
    terminal.print(`\nnot everything could be removed: ${failureText(thrown)}`, 'bad');
    terminal.print(`again: ${stage.leaveLater}`, 'bad');
    return false;
  }
}
