import { StorePath } from '../api/result.ts';
import { oneLine } from '../printable.ts';
import type { Derivation } from './ports.ts';
import { oddVariable, ofRunCommand, type RunCommand } from './run-command.ts';

/** A derivation that does nothing but compress what a stream script writes. */
export interface PipedScript {
  readonly script: StorePath;
  /** The derivation whose output `out` is the script. */
  readonly scriptDrv: StorePath;
  readonly archive: StorePath;
  readonly compressor: string;
  /** Files that the shell is given. What stands in them is to be known as well. */
  readonly programs: readonly StorePath[];
}

/** The derivations that one depends on, by their paths. */
export type Inputs = ReadonlyMap<StorePath, Derivation>;

/**
 * Recognises what nixpkgs' `dockerTools.buildLayeredImage` makes, `runCommand … "${stream} | ${compress} > $out"`, by all that the
 * derivation says. With one variable, input or word more it is something else. Undefined: it is to be built as it is.
 */
export function pipedScript(derivation: Derivation, inputs: Inputs): PipedScript | undefined {
  const run = ofRunCommand(derivation);
  const command = run === undefined ? undefined : commandIn(run.command);
  const made = madeBy(derivation, inputs);
  if (run === undefined || command === undefined || made === undefined) return undefined;
  const maker = made.get(command.script);
  const used = new Set([command.script, run.shell, run.stdenv, ...run.tools, ...command.from]);
  const isAllThereIs = used.size === made.size && [...used].every((path) => made.has(path));
  if (maker?.output !== 'out' || !isAllThereIs || !findsCompressor(command, run)) return undefined;
  const { script, compressor } = command;
  return { script, scriptDrv: maker.drvPath, archive: run.output, compressor, programs: run.programs };
}

/** Why a derivation is none although its command sounds like one, for people; undefined: it does not. */
export function whyNotPiped(derivation: Derivation): string | undefined {
  if (commandIn(derivation.env.get('buildCommand') ?? '') === undefined) return undefined;
  const odd = oddVariable(derivation);
  return odd === undefined ? 'something in its derivation' : `the variable ${oneLine(odd, 100)} of its derivation`;
}

interface Command {
  readonly script: StorePath;
  readonly compressor: string;
  /** The package that the compressor is called from; none: it is looked for in the PATH. */
  readonly from: readonly StorePath[];
}

/** With the options that nixpkgs gives them, and has given since 20.09, or how hard they are to try: they change nothing of the content. */
const commandForm =
  /^\s*(\S+) \| (?:(\S+)\/bin\/)?(?:(cat)|(gzip)(?: -[1-9])?(?: -n)?|(pigz)(?: -p\$NIX_BUILD_CORES)?(?: -nTR?)?|(zstd)(?: -T\$NIX_BUILD_CORES)?(?: -[1-9])?) > \$out\s*$/;
const longestCommand = 2048;

function commandIn(text: string): Command | undefined {
  if (text.length > longestCommand) return undefined;
  const [, script, from, ...names] = commandForm.exec(text) ?? [];
  const compressor = names.find((name) => name !== undefined);
  const paths = [script, ...(from === undefined ? [] : [from])].map((path) => StorePath.safeParse(path).data);
  const [scriptPath, ...fromPaths] = paths.filter((path) => path !== undefined);
  if (scriptPath === undefined || compressor === undefined || fromPaths.length + 1 < paths.length) return undefined;
  return { script: scriptPath, compressor, from: fromPaths };
}

/** A standard environment has these two. */
const inEveryPath: ReadonlySet<string> = new Set(['cat', 'gzip']);

/** What is put before the PATH is the compressor's package, or nothing. */
function findsCompressor({ compressor, from }: Command, { tools }: RunCommand): boolean {
  const [tool, ...others] = tools;
  if (tool === undefined) return from.length > 0 || inEveryPath.has(compressor);
  return others.length === 0 && nameOf(tool).startsWith(`${compressor}-`);
}

function nameOf(path: StorePath): string {
  return path.slice('/nix/store/'.length + 33);
}

interface Maker {
  readonly drvPath: StorePath;
  readonly output: string;
}

/** The outputs that go into a derivation, with what makes each; undefined: it is not known of all of them. */
function madeBy(derivation: Derivation, inputs: Inputs): ReadonlyMap<string, Maker> | undefined {
  const made = new Map<string, Maker>();
  for (const { drvPath, outputs } of derivation.inputs) {
    for (const name of outputs) {
      const path = inputs.get(drvPath)?.outputs.find((each) => each.name === name)?.path ?? '';
      if (path === '' || made.has(path)) return undefined;
      made.set(path, { drvPath, output: name });
    }
  }
  return made;
}
