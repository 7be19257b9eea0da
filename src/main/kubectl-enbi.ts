import { completionVerb } from '../plugin/complete/words.ts';
import { runPlugin } from '../plugin/program.ts';
import { createScreen, type Screen } from '../plugin/screen.ts';
import { systemClock } from '../runtime/clock.ts';
import { deployedSettings } from './deployed-settings.ts';
import { embeddedTexts } from './embedded.ts';
import { connectAsKubectl } from './plugin-connection.ts';

/** `kubectl enbi`: kubectl finds it as the file `kubectl-enbi` in PATH and passes on the arguments and the environment. */
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
// Whoever reads (`| head`) has seen enough.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit());

const embedded = embeddedTexts();
const surroundings = {
  environment: process.env,
  // In the middle of a line nobody can be asked anything.
  interactive: process.stdin.isTTY && process.argv[2] !== completionVerb,
  version: embedded.version,
};

/** Not at the top of the file: the bundle is a script, which knows no `await` there. */
async function run(): Promise<void> {
  process.exitCode = await runPlugin(process.argv.slice(2), {
    connect: (options) => connectAsKubectl(options, surroundings),
    screen: screenOn(process.stdout),
    aside: screenOn(process.stderr),
    print: (text) => void process.stdout.write(text),
    clock: systemClock,
    signal: stop.signal,
    embedded,
    settingsFrom: deployedSettings,
  });
  // Kept-alive connections would hold the process for a while; nothing that was written is lost, but on a pipe it may be on its way.
  process.stdout.write('', () => process.exit());
}

void run();

/** https://no-color.org: any value that is not empty. */
function screenOn(stream: NodeJS.WriteStream): Screen {
  const isTerminal = stream.isTTY && process.env.TERM !== 'dumb';
  return createScreen({
    write: (text) => void stream.write(text),
    isTerminal,
    color: isTerminal && (process.env.NO_COLOR ?? '') === '',
    columns: () => stream.columns ?? 80,
  });
}
