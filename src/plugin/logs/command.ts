import { Command } from 'commander';
import { type CommandContext, contextOf } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { getBuild } from '../find-build.ts';
import { buildOf } from '../find-target.ts';
import { hasEnded } from '../follow/follow-build.ts';
import type { PluginPorts } from '../ports.ts';
import { takesTarget } from '../target-arguments.ts';
import { keptText } from './kept-until.ts';
import { printLine } from './print-line.ts';
import { tellLogs } from './tell-logs.ts';

export function logsCommand(ports: PluginPorts, end: (code: ExitCode) => void): Command {
  const command = new Command('logs')
    .summary('the logs of a build: fetch, build and import in one stream')
    .description(
      "Prints the logs of a NixBuild's current attempt, one stage after the other, each line behind the name of its stage. With " +
        '--follow it goes on until the build is over, further attempts included, and ends as the build does. The import stands in ' +
        "the log of the node's agent, in enbi's namespace, of which the lines of this build alone are printed: without the right to " +
        'read there, what the NixBuild tells of its import. After a success the logs of fetch and build can be read for some minutes ' +
        '(--job-ttl-after-success of the controller), that of the import as long as the agent lives (--agent-idle).',
    )
    .option('-f, --follow', 'go on until the build is over', false);
  return takesTarget(command).action(
    async (first: string, second: string | undefined, options: { follow: boolean }) => {
      const context = await contextOf(ports, command);
      const build = await buildOf(first, second, context);
      end(await printLogs(build.metadata.name, context, options.follow));
    },
  );
}

async function printLogs(name: string, context: CommandContext, follow: boolean): Promise<ExitCode> {
  const { screen, signal, self } = context;
  let attempt: number | undefined;
  let isThere = false;
  for await (const line of tellLogs(name, context, follow)) {
    if (attempt !== undefined && line.attempt !== attempt) screen.say(`attempt ${line.attempt}`, 'title');
    ({ attempt } = line);
    isThere ||= line.kind === 'line';
    printLine(line, screen);
  }
  if (signal.aborted) {
    if (follow) screen.say(`no longer followed; the build goes on. To stop it: ${self} cancel ${name}`);
    return exitCodes.interrupted;
  }
  if (follow) return await endOf(name, context);
  if (isThere) await sayHowLongKept(name, context);
  return exitCodes.ok;
}

async function sayHowLongKept(name: string, context: CommandContext): Promise<void> {
  const build = await getBuild(name, context);
  const kept = build === undefined ? undefined : keptText(build, context.clock.now());
  if (kept !== undefined) context.screen.say(`this log can be read ${kept}`, 'quiet');
}

/** Like the build: whoever follows a log in a script wants to know. */
async function endOf(name: string, context: CommandContext): Promise<ExitCode> {
  const build = await getBuild(name, context);
  if (build === undefined) {
    context.screen.say(`NixBuild ${name} was deleted`, 'bad');
    return exitCodes.failed;
  }
  if (!hasEnded(build)) return exitCodes.ok;
  const { status = '', failure } = build.status;
  const succeeded = status === 'Succeeded';
  const why = failure === undefined ? '' : `: ${failure.reason} at stage ${failure.stage}: ${failure.message}`;
  const kept = keptText(build, context.clock.now());
  const more = kept === undefined ? '' : `; this log can be read ${kept}`;
  context.screen.say(`${status}${succeeded ? more : why}`, succeeded ? 'good' : 'bad');
  return succeeded ? exitCodes.ok : exitCodes.failed;
}
