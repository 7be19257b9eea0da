// `npm run plugin [-- --output DIR]`: `kubectl enbi` as one file that kubectl finds in PATH.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleAsScript } from '../image/bundle.ts';
import { asError } from '../src/errors.ts';
import { embeddedTexts } from '../src/main/embedded.ts';
import { completionProgram, completionVerb } from '../src/plugin/complete/words.ts';
import { exitCodes } from '../src/plugin/exit-codes.ts';
import { nodeInPath, nodeText } from './node-in-path.ts';
import { runProgram } from './run-program.ts';

const neededNode = 24;

/**
 * What any Node can run. ES modules, and `import` in a script, are read and linked before their first statement is run; so the
 * program is a script within a function, which is parsed everywhere and run by a Node that is new enough alone.
 */
const head = `#!/usr/bin/env node
if (parseInt(process.versions.node, 10) < ${neededNode}) {
  process.stderr.write('error: kubectl enbi needs Node ${neededNode} or later; this is ' + process.versions.node + ' (' + process.execPath + ').\\n' +
    'Put a newer one first in PATH; a checkout of enbi has one in node_modules/.bin after npm ci.\\n');
  process.exitCode = ${exitCodes.runtime};
} else (function (require, module) {
`;
const tail = '})(process.getBuiltinModule, {});';

export interface BuiltPlugin {
  readonly file: string;
  /** Of enbi and of npm packages, whose code is in it. */
  readonly sources: readonly string[];
}

const completion = `#!/bin/sh
exec kubectl-enbi ${completionVerb} "$@"
`;

/** Writes the executable `kubectl-enbi` into a directory, and what completes its lines. It needs Node 24 and nothing beside it. */
export async function buildPlugin(directory: string): Promise<BuiltPlugin> {
  const file = join(directory, 'kubectl-enbi');
  mkdirSync(directory, { recursive: true });
  const sources = await bundleAsScript('src/main/kubectl-enbi.ts', file, {
    head,
    tail,
    texts: { ENBI_EMBEDDED: JSON.stringify(embeddedTexts()) },
  });
  writeFileSync(join(directory, completionProgram), completion);
  for (const path of [file, join(directory, completionProgram)]) chmodSync(path, 0o755);
  return { file, sources };
}

const help = `Usage: npm run plugin -- [--output DIR]

Writes kubectl-enbi, one file, into DIR (dist unless told) and prints its path. With DIR in PATH it is \`kubectl enbi\`.
Beside it goes ${completionProgram}, with which kubectl's shell completion completes its lines.
Says on the standard error which Node it needs, and which one PATH has.
`;

/** What the command line says; undefined: it is wrong. */
function readArguments(): { output: string; help: boolean } | undefined {
  try {
    const options = { output: { type: 'string', default: 'dist' }, help: { type: 'boolean', default: false } } as const;
    return parseArgs({ options }).values;
  } catch (thrown) {
    process.stderr.write(`${asError(thrown).message}\n`);
    return undefined;
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) process.exitCode = 2;
  if (given === undefined || given.help) process.stdout.write(help);
  else {
    process.stdout.write(`${(await buildPlugin(resolve(given.output))).file}\n`);
    // Not on the standard output: scripts read the path there.
    process.stderr.write(`${nodeText(nodeInPath(process.env.PATH ?? ''), neededNode)}\n`);
  }
}

if (import.meta.main) await runProgram(main);
