import { systemClock } from '../runtime/clock.ts';
import type { PluginPorts } from './ports.ts';
import { createProgram } from './program.ts';

export interface HelpPage {
  /** Empty: the program itself. */
  readonly command: string;
  readonly summary: string;
  readonly text: string;
}

/** What `--help` prints for the program and each command, as its reference page shows it. */
export function helpPages(): readonly HelpPage[] {
  let printed = '';
  const program = createProgram({ ...nowhere, print: (text) => (printed += text) }, () => undefined);
  return [program, ...program.commands].map((command) => {
    printed = '';
    command.outputHelp();
    return { command: command === program ? '' : command.name(), summary: command.summary(), text: printed };
  });
}

const silent = { say: () => undefined, live: () => undefined };

/** Printing help asks nobody anything. */
const nowhere: Omit<PluginPorts, 'print'> = {
  connect: () => Promise.reject(new Error('help needs no cluster')),
  screen: silent,
  aside: silent,
  clock: systemClock,
  signal: new AbortController().signal,
  embedded: { version: '', reasonsPage: '', permissions: '', policies: {} },
  settingsFrom: () => undefined,
};
