import type { CommandContext } from '../command-context.ts';
import { type Followed, followBuild } from '../follow/follow-build.ts';
import { printLine } from './print-line.ts';
import { tellLogs } from './tell-logs.ts';

/** Follows a build with its logs between the lines about it. The end of the build ends both, but for lines still to come. */
export async function followWithLogs(name: string, context: CommandContext): Promise<Followed> {
  const stop = new AbortController();
  const telling = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const logs = tell(name, telling);
  try {
    const followed = await followBuild(name, context);
    await logs;
    return followed;
  } finally {
    stop.abort();
  }
}

/** The build is what is followed: logs that cannot be read are a pity. */
async function tell(name: string, context: CommandContext): Promise<void> {
  try {
    for await (const line of tellLogs(name, context, true)) printLine(line, context.screen);
  } catch {
    context.screen.say('the logs cannot be read further', 'warn');
  }
}
