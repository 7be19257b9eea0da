import type { NixBuild } from '../../cluster-view/objects.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { awaitsRetry } from './awaits-retry.ts';
import { progressText, tellBuild, withoutEnd } from './tell-build.ts';
import { watchBuild } from './watch-build.ts';

export interface Followed {
  readonly code: ExitCode;
  /** As it was last seen. */
  readonly build: NixBuild | undefined;
}

/**
 * Tells how a NixBuild goes on until it is over or deleted. An end that somebody has asked to try again is not told: it would
 * look like the end of the new attempt. Ctrl-C ends the telling alone; the build goes on in the cluster.
 */
export async function followBuild(name: string, context: CommandContext): Promise<Followed> {
  const { screen, signal } = context;
  let last: NixBuild | undefined;
  let before: NixBuild | undefined;
  for await (const build of watchBuild(name, context)) {
    if (build === undefined) {
      screen.live('');
      screen.say(`NixBuild ${name} was deleted; with it whatever was being built`, 'bad');
      return { code: exitCodes.failed, build: last };
    }
    if (awaitsRetry(build)) {
      before = withoutEnd(build);
      screen.live(progressText(before));
      continue;
    }
    for (const { text, tone } of tellBuild(before, build)) screen.say(text, tone);
    [last, before] = [build, build];
    if (hasEnded(build)) break;
    screen.live(progressText(build));
  }
  screen.live('');
  if (signal.aborted) sayHowToGoOn(name, context);
  return { code: signal.aborted ? exitCodes.interrupted : codeOf(last), build: last };
}

export function hasEnded({ status }: NixBuild): boolean {
  return status.status === 'Succeeded' || status.status === 'Failed' || status.status === 'Cancelled';
}

function codeOf(build: NixBuild | undefined): ExitCode {
  return build?.status.status === 'Succeeded' ? exitCodes.ok : exitCodes.failed;
}

function sayHowToGoOn(name: string, { screen, self }: CommandContext): void {
  screen.say(`no longer followed; NixBuild ${name} goes on in the cluster`);
  screen.say(`  follow it again   ${self} logs --follow nixbuild/${name}`);
  screen.say(`  stop it           ${self} cancel ${name}`);
}
