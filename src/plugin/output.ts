import { Option } from 'commander';
import { stringify } from 'yaml';
import { printableText } from '../printable.ts';
import type { PluginPorts } from './ports.ts';

export type OutputFormat = 'text' | 'json' | 'yaml';

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'json and yaml are for programs: one object, at the end')
    .choices(['text', 'json', 'yaml'])
    .default('text');
}

/** One object for a program to read. Its texts are as printable as those for people: they end on a terminal all the same. */
export function printObject(
  object: object,
  format: Exclude<OutputFormat, 'text'>,
  { print }: Pick<PluginPorts, 'print'>,
) {
  const clean: unknown = JSON.parse(JSON.stringify(object), (_, value: unknown) =>
    typeof value === 'string' ? printableText(value, longest) : value,
  );
  print(format === 'json' ? `${JSON.stringify(clean, undefined, 2)}\n` : stringify(clean, { lineWidth: 0 }));
}

const longest = 16_384;
