import type { Command } from 'commander';
import { rawOf, textOf } from '../../cluster-view/raw.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { ConnectionOptions, PluginPorts } from '../ports.ts';
import { type Candidate, type Candidates, candidatesFor } from './candidates.ts';
import { readCommandLine } from './command-line.ts';

/** Whoever presses a key waits no longer, and is not to read why. */
const longestWaitMs = 2000;
const mostNames = 500;

/** https://pkg.go.dev/github.com/spf13/cobra#ShellCompDirective */
const directive = { file: 0, noFile: 4 } as const;

/**
 * Prints what the last word may become, as kubectl reads it: a candidate a line, its meaning behind a tab, and how the shell is to
 * go on. Never says anything else: whoever has not finished a line has not asked for an answer.
 */
export async function complete(program: Command, words: readonly string[], ports: PluginPorts): Promise<ExitCode> {
  const word = words.at(-1) ?? '';
  const line = readCommandLine(program, words.slice(0, -1));
  const candidates = candidatesFor(program, line, word);
  const names = await inTime(namesIn(candidates, line.options, ports));
  const fitting = [...candidates.texts, ...names].filter(([text]) => text.startsWith(word));
  const lines = fitting.map(([text, meaning]) => (meaning === '' ? text : `${text}\t${meaning}`));
  ports.print([...lines, `:${candidates.isFile === true ? directive.file : directive.noFile}\n`].join('\n'));
  return exitCodes.ok;
}

async function namesIn(
  { named }: Candidates,
  options: ConnectionOptions,
  { connect }: PluginPorts,
): Promise<readonly Candidate[]> {
  if (named === undefined) return [];
  const { type, before } = named;
  const { client, namespace } = await connect(options);
  const { items } = await client.list(type, { limit: mostNames, ...(type.namespaced ? { namespace } : {}) });
  return items
    .map((item) => textOf(rawOf(rawOf(item).metadata).name))
    .filter((name) => /^[a-z0-9.-]+$/.test(name))
    .map((name) => [`${before}${name}`, '']);
}

/** None, when they come too late or not at all. */
async function inTime(names: Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
  const late = Promise.withResolvers<readonly Candidate[]>();
  const timer = setTimeout(() => late.resolve([]), longestWaitMs);
  try {
    return await Promise.race([names, late.promise]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}
