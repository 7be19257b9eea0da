import { Command, CommanderError } from 'commander';
import { asError } from '../errors.ts';
import { failureText, isOfSystem } from '../failure-text.ts';
import { ApiStatusError } from '../runtime/api-status.ts';
import { cancelCommand } from './annotate/cancel.ts';
import { retryCommand } from './annotate/retry.ts';
import { buildCommand } from './build/command.ts';
import { defaultEnbiNamespace } from './command-context.ts';
import { complete } from './complete/complete.ts';
import { completionVerb } from './complete/words.ts';
import { takesConnectionFlags, unlistedFlags } from './connection-flags.ts';
import { doctorCommand } from './doctor/command.ts';
import { type ExitCode, exitCodeFor, exitCodes } from './exit-codes.ts';
import { explainCommand } from './explain/command.ts';
import { logsCommand } from './logs/command.ts';
import type { PluginPorts } from './ports.ts';

/** Runs one command line, without the program's own name. Never throws; what went wrong is said on the screen. */
export async function runPlugin(args: readonly string[], ports: PluginPorts): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = createProgram(ports, (given) => {
    code = given;
  });
  if (args[0] === completionVerb) return await complete(program, args.slice(1), ports);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (thrown) {
    for (const screen of [ports.screen, ports.aside]) screen.live('');
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (ports.signal.aborted) return exitCodes.interrupted;
    sayWhy(thrown, ports);
    return exitCodeFor(thrown);
  }
}

/** The commands and their help; `end` is told the exit code. */
export function createProgram(ports: PluginPorts, end: (code: ExitCode) => void): Command {
  const named = new Command('kubectl enbi')
    .description('Builds Nix flakes into images in the cluster, and says what enbi does and why.')
    .version(ports.embedded.version, '--version', 'print the version of this plugin');
  const program = takesConnectionFlags(named)
    .option('--enbi-namespace <name>', 'namespace in which enbi itself runs', defaultEnbiNamespace)
    .helpCommand('help [command]', 'the same as --help')
    .addHelpText('after', closingHelp);
  for (const make of [buildCommand, explainCommand, logsCommand, retryCommand, cancelCommand, doctorCommand])
    program.addCommand(make(ports, end));
  for (const command of [program, ...program.commands]) quieten(command, ports);
  return program;
}

const closingHelp = `
kubectl's other flags for the connection mean here what they mean there:
${filled(unlistedFlags)}.

Exit codes: 0 it is well, 1 the build failed or the doctor found a failure, 2 the command or its input is wrong,
3 the cluster cannot be reached or refuses, 4 a defect of this program, 5 Node is too old, 130 interrupted.`;

/** Words in lines that a terminal has room for. */
function filled(words: readonly string[]): string {
  const lines = words.reduce<readonly string[]>((done, word) => {
    const last = done.at(-1) ?? '';
    return last.length + word.length > 90 || last === '' ? [...done, word] : [...done.slice(0, -1), `${last}, ${word}`];
  }, []);
  return lines.join(',\n');
}

/** Help goes where data goes, complaints where people look; neither ends the process. */
function quieten(command: Command, { print, aside }: PluginPorts): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError(
      `(${command.parent === null ? 'kubectl enbi' : `kubectl enbi ${command.name()}`} --help says more)`,
    )
    .configureHelp({ helpWidth: 100, showGlobalOptions: true })
    .configureOutput({
      writeOut: print,
      writeErr: (text) => {
        for (const line of text.trimEnd().split('\n')) aside.say(line, 'bad');
      },
      getOutHelpWidth: () => 100,
    });
}

function sayWhy(thrown: unknown, { aside }: PluginPorts): void {
  const error = asError(thrown);
  const isDefect = exitCodeFor(thrown) === exitCodes.defect;
  aside.say(`error: ${isOfSystem(error) ? failureText(error) : error.message}`, 'bad');
  if (isDefect) for (const frame of framesOf(error)) aside.say(frame, 'bad');
  const { cause } = error;
  if (!isDefect && cause instanceof Error && !(cause instanceof ApiStatusError) && !isSaid(cause, error)) {
    aside.say(cause.message, 'quiet');
  }
}

function isSaid(cause: Error, { message }: Error): boolean {
  return message.includes(cause.message.split('\n')[0] ?? '');
}

/** Where it was thrown: of the stack all but the message, which may hold anybody's lines. */
function framesOf({ stack = '', message }: Error): readonly string[] {
  const frames = stack.slice(stack.indexOf(message) + message.length);
  return frames.split('\n').filter((line) => line.startsWith('    at '));
}
