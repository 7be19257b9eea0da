import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { StorePath } from '../../api/result.ts';
import type { Attribute, BuiltPackage, ImageNames, LockedFlake, Nix, NixEvent, Program } from '../../builder/ports.ts';
import { InternalError, UserError } from '../../errors.ts';
import { passingDownloadFailure } from './downloads.ts';
import { isPath } from './evaluation.ts';
import { type NixAnswer, type NixProcess, runNix } from './run-nix.ts';

const Metadata = z.object({
  locked: z.object({
    url: z.string().optional(),
    ref: z.string().optional(),
    rev: z.string().optional(),
    narHash: z.string().optional(),
    lastModified: z.number().optional(),
    revCount: z.number().optional(),
  }),
});

const Archived = z.object({ path: StorePath });

const Built = z.array(z.object({ drvPath: StorePath, outputs: z.record(z.string(), StorePath) }));

/** Names of an attribute set that is no package; our own text, given to `--apply`. */
const namesExpression =
  'x: if builtins.isAttrs x && (x.type or null) != "derivation" then builtins.attrNames x else [ ]';

/**
 * Every image of nixpkgs' dockerTools and of nix2container has an attribute `imageName`; where there is none, what is called
 * an archive may be one. Larger sets are package collections, whose evaluation takes minutes.
 */
const imageNamesExpression = `x:
  let names = if builtins.isAttrs x && (x.type or null) != "derivation" then builtins.attrNames x else [ ];
      those = is: builtins.filter (name: let found = builtins.tryEval (builtins.isAttrs x.\${name} && is x.\${name});
        in found.success && found.value) (if builtins.length names > 64 then [ ] else names);
      isArchive = package: builtins.match ".*[.]tar([.][a-z0-9]+)?" (package.name or "") != null;
      made = those (package: package ? imageName);
  in { inherit made; archives = if made == [ ] then those isArchive else [ ]; }`;

export interface NixWishes {
  readonly observe?: (event: NixEvent) => void;
  /** Directory of a store for locking alone; undefined: the one at /nix. */
  readonly lockIn?: string | undefined;
}

/** The port by the `nix` command. `run` says with which settings (settings.ts). */
export function createNix(run: NixProcess, { observe = () => {}, lockIn }: NixWishes = {}): Nix {
  const where = lockIn === undefined ? [] : ['--store', `local?root=${lockIn}`];
  return {
    lock: (reference, lockFile) => lock(reference, lockFile, (args) => runNix([...args, ...where], run, observe)),
    fetchInputs: async (lockedUrl, lockFile) => {
      const { output } = await runNix(['flake', 'archive', '--json', ...lockedBy(lockFile), lockedUrl], run, observe);
      return parseOutput(Archived, output).path;
    },
    evaluate: (attribute, observeBuild) => evaluate(attribute, (args) => runNix(args, run, observeBuild)),
    build: (attribute, observeBuild) => build(attribute, (args) => runNix(args, run, observeBuild)),
    realise: async (drvPath, observeBuild) => {
      await runNix(['build', '--no-link', `${drvPath}^out`], run, observeBuild);
    },
    buildsFor: (drvPath) => buildsFor(drvPath, run),
    outputOf: (program, observeRun) => outputOf(program, (args) => runNix(args, run, observeRun)),
    attributeNames: (attribute) => attributeNames(attribute, (args) => runNix(args, run)),
    imageNames: (attribute) => imageNames(attribute, (args) => runNix(args, modest(run))),
    passingDownloadFailure,
  };
}

type Run = (args: readonly string[]) => Promise<NixAnswer>;

/**
 * `--output-lock-file` writes the complete lock file whether the flake's own is there, stale or missing. When a host cannot be
 * asked, Nix goes on with the clone it has and the branch of yesterday; a build of the wrong version is worse than none.
 */
async function lock(reference: string, lockFile: string, run: Run): Promise<LockedFlake> {
  const { output, doubt } = await run(['flake', 'metadata', '--json', '--output-lock-file', lockFile, reference]);
  if (doubt !== undefined) throw doubt;
  const { locked } = parseOutput(Metadata, output);
  return { ...locked, locks: JSON.parse(await readFile(lockFile, 'utf8')) };
}

/**
 * Nix says what is wrong with an attribute in the same words as when it builds; the cache of evaluations spares the second one. Not
 * `derivation show`: all that a derivation says may be large, and there is no JSON of text that is not UTF-8.
 */
async function evaluate(attribute: Attribute, run: Run): Promise<StorePath> {
  const shown = ['path-info', '--derivation', ...lockedBy(attribute.lockFile), installable(attribute)];
  const { output } = await run(shown);
  const [drvPath = ''] = output.split('\n', 1);
  const parsed = StorePath.safeParse(drvPath).data;
  if (parsed === undefined)
    throw new InternalError('InternalError', `Nix shows no derivation: ${drvPath.slice(0, 200)}`);
  return parsed;
}

/** What Nix lists before it begins. */
async function buildsFor(drvPath: StorePath, run: NixProcess): Promise<number> {
  let builds = 0;
  await runNix(['build', '--dry-run', '--no-link', `${drvPath}^out`], run, (event) => {
    if (event.type === 'planned') builds += event.derivations;
  });
  return builds;
}

async function build(attribute: Attribute, run: Run): Promise<BuiltPackage> {
  const { output } = await run([
    'build',
    '--json',
    '--no-link',
    ...lockedBy(attribute.lockFile),
    installable(attribute),
  ]);
  return onlyOutput(parseBuilt(output));
}

function onlyOutput([built]: z.infer<typeof Built>): BuiltPackage {
  const outPath = built?.outputs['out'] ?? Object.values(built?.outputs ?? {})[0];
  if (built === undefined || outPath === undefined) throw new InternalError('InternalError', 'Nix built nothing');
  return { drvPath: built.drvPath, outPath };
}

/** Path and system are of grammars that know no quotes. The one impure thing is to name a path of the store. */
async function outputOf(program: Program, run: Run): Promise<StorePath> {
  const expression = `derivation {
    name = "stream-output.tar";
    system = "${program.system}";
    builder = "/bin/sh";
    args = [ "-c" ''exec "$0" >"$out"'' (builtins.storePath "${program.path}") ];
    allowSubstitutes = false;
    preferLocalBuild = true;
  }`;
  const limits = { timeout: program.timeoutSeconds, 'max-silent-time': program.maxSilentSeconds };
  const options = Object.entries(limits).flatMap(([name, value]) => ['--option', name, String(value)]);
  const { output } = await run(['build', '--json', '--no-link', ...options, '--impure', '--expr', expression]);
  return onlyOutput(parseBuilt(output)).outPath;
}

async function attributeNames(attribute: Attribute, run: Run): Promise<readonly string[] | undefined> {
  try {
    const { output } = await run(evalArgs(attribute, namesExpression));
    return parseOutput(z.array(z.string()), output);
  } catch (error) {
    if (error instanceof UserError && error.reason === 'AttributeNotFound') return undefined;
    throw error;
  }
}

const Candidates = z.object({ made: z.array(z.string()), archives: z.array(z.string()) });

async function imageNames(attribute: Attribute, run: Run): Promise<ImageNames> {
  // A name is not worth a build.
  const withoutBuilds = ['--option', 'allow-import-from-derivation', 'false'];
  const { output } = await run([...evalArgs(attribute, imageNamesExpression), ...withoutBuilds]);
  return parseOutput(Candidates, output);
}

/** For a courtesy: other packages may evaluate without end, and memory beyond the container's limit would end it, build and all. */
function modest(run: NixProcess): NixProcess {
  const environment = { ...run.environment, GC_MAXIMUM_HEAP_SIZE: `${768 * 1024 ** 2}` };
  return { ...run, environment, evaluationMs: Math.min(run.evaluationMs, 15_000) };
}

function evalArgs(attribute: Attribute, expression: string): string[] {
  return ['eval', '--json', ...lockedBy(attribute.lockFile), '--apply', expression, installable(attribute)];
}

function lockedBy(lockFile: string): string[] {
  return ['--reference-lock-file', lockFile, '--no-write-lock-file'];
}

/** The leading dot: this path, not `packages.<system>.` before it. Segments are of package-name.ts' grammar. */
function installable({ source, path }: Attribute): string {
  return `${source}#.${path.map((segment) => (segment.includes('.') ? `"${segment}"` : segment)).join('.')}`;
}

/** A package may be a mere path of the flake: then Nix prints a text instead of a derivation. */
function parseBuilt(output: string): z.infer<typeof Built> {
  const parsed = Built.safeParse(JSON.parse(output));
  if (parsed.success) return parsed.data;
  throw new UserError('EvaluationFailed', isPath, { cause: parsed.error });
}

function parseOutput<T>(schema: z.ZodType<T>, output: string): T {
  try {
    return schema.parse(JSON.parse(output));
  } catch (cause) {
    throw new InternalError('InternalError', "Nix's answer is not as expected", { cause });
  }
}
