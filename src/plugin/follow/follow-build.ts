import type { NixBuild } from '../../cluster-view/objects.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { progressText, tellBuild } from './tell-build.ts';
import { watchBuild } from './watch-build.ts';

export interface Followed {
  readonly code: ExitCode;
  /** As it was last seen. */
  readonly build: NixBuild | undefined;
}

/**
 * Tells how a NixBuild goes on until it is over: what `isOver` says of it, or its deletion. Ctrl-C ends the telling alone; the
 * build goes on in the cluster.
 */
export async function followBuild(
  name: string,
  context: CommandContext,
  isOver: (build: NixBuild) => boolean = hasEnded,
): Promise<Followed> {
  const { screen, signal } = context;
  let last: NixBuild | undefined;
  for await (const build of watchBuild(name, context)) {
    if (build === undefined) {
      screen.live('');
      screen.say(`NixBuild ${name} was deleted; with it whatever was being built`, 'bad');
      return { code: exitCodes.failed, build: last };
    }
    for (const { text, tone } of tellBuild(last, build)) screen.say(text, tone);
    last = build;
    if (isOver(build)) break;
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
