import type { Command, Option } from 'commander';

/** A line that somebody is in the middle of writing. */
export interface CommandLine {
  /** Undefined: none is written yet. */
  readonly command: Command | undefined;
  /** Behind the command, flags apart. */
  readonly operands: readonly string[];
  /** Of the flags written so far, by the property they set. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The flag whose value is being written. */
  readonly valueOf: Option | undefined;
}

/** Reads what stands before the word that is being written; what is wrong in it is passed over. */
export function readCommandLine(program: Command, words: readonly string[]): CommandLine {
  let line: CommandLine = { command: undefined, operands: [], options: {}, valueOf: undefined };
  for (const word of words) line = withWord(program, line, word);
  return line;
}

function withWord(program: Command, line: CommandLine, word: string): CommandLine {
  const { command, operands, valueOf } = line;
  if (valueOf !== undefined) return { ...withValue(line, valueOf, word), valueOf: undefined };
  if (word.startsWith('-')) return withFlag(program, line, word);
  if (command !== undefined) return { ...line, operands: [...operands, word] };
  return { ...line, command: program.commands.find((each) => each.name() === word) };
}

function withFlag(program: Command, line: CommandLine, word: string): CommandLine {
  const [flag = '', ...value] = word.split('=');
  const option = optionsOf(program, line.command).find(({ long, short }) => flag === long || flag === short);
  if (option === undefined) return line;
  if (value.length > 0) return withValue(line, option, value.join('='));
  return option.required ? { ...line, valueOf: option } : withValue(line, option, true);
}

function withValue(line: CommandLine, option: Option, value: string | true): CommandLine {
  const property = option.attributeName();
  try {
    const read = typeof value === 'string' && option.parseArg ? option.parseArg(value, line.options[property]) : value;
    return { ...line, options: { ...line.options, [property]: read } };
  } catch {
    // A value that the flag does not take: the command says so, not whoever completes its line.
    return line;
  }
}

/** Those that may stand here, the command's own first. */
export function optionsOf(program: Command, command: Command | undefined): readonly Option[] {
  return [...(command?.options ?? []), ...program.options];
}
