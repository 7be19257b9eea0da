import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../support/source-files.ts';
import { printedByCommands } from './of-commands.ts';
import { printedByController, reproduceOf } from './of-controller.ts';
import { printedByDoctor } from './of-doctor.ts';
import { printedByExplain, reasonsPage } from './of-explain.ts';
import { flakeUrl } from './printed.ts';

// remedies.integration.test.ts runs the commands in what is printed here: no other command is written anywhere in the sources.

const printed = [
  ...printedByDoctor(),
  ...printedByController(flakeUrl),
  ...(await printedByExplain(flakeUrl)),
  // Its commands are filled in by `explain`, from this text.
  { text: reasonsPage, commands: [] },
  ...(await printedByCommands()),
  { text: reproduceOf({}), commands: [] },
];

const program = String.raw`(?:\bkubectl(?: \$\{\w+\})?|\$\{(?:self|kubectl)\}(?: --namespace \$\{\w+\})?)`;
const verb = 'annotate|apply|create|delete|describe|doctor|edit|explain|get|label|logs|patch|rollout|taint|uncordon';
const command = new RegExp(
  String.raw`${program} ?(?:${verb}) |\$\{self\} doctor|\bkubectl enbi (?:build|cancel|explain|logs|retry) (?!does)|\bnix(?:-store)? (?:build|flake|--)|\bctr -`,
);

/** Lines of production code with a command, the comments and the examples of help pages apart. */
function written(): readonly (readonly [place: string, line: string])[] {
  const paths = globSync('src/**/*.ts', { cwd: checkout, exclude: ['**/*.test.ts'] }).toSorted();
  return paths.flatMap((path) =>
    readFileSync(join(checkout, path), 'utf8')
      .split('\n')
      .filter((line) => command.test(line) && !/^\s*(?:\*|\/[/*])/.test(line))
      .filter((line) => !(path.endsWith('/command.ts') && line.startsWith('  kubectl enbi ')))
      // An expression that reads one.
      .filter((line) => !/= \/\^.*\/;$/.test(line))
      .map((line) => [path, line.trim()] as const),
  );
}

/** The strings of a line, with anything in the places of a template. */
function patternsOf(line: string): readonly RegExp[] {
  const strings = line.match(/`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g) ?? [];
  return strings
    .filter((text) => command.test(text))
    .map((text) => {
      const content = text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
      const parts = content.split(/\$\{[^}`]*(?:\}|$)/);
      return new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*?'));
    });
}

describe('a command in the sources', () => {
  it.each(written())('is printed, so that it is run: %s: %s', (_, line) => {
    const patterns = patternsOf(line);
    expect(patterns).not.toEqual([]);
    for (const pattern of patterns) expect(printed.some(({ text }) => pattern.test(text)) ? [] : [pattern]).toEqual([]);
  });

  it('is found', () => expect(written().length).toBeGreaterThan(20));
});

it('each command is in its text as it stands, and names what it is about', () => {
  for (const { text, commands } of printed)
    for (const each of commands) {
      expect(text).toContain(each);
      expect(each).not.toMatch(/\b(?!FILE\b)[A-Z]{3,}\b/);
    }
});
