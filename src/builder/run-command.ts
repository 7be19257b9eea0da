import { StorePath } from '../api/result.ts';
import type { Derivation } from './ports.ts';

/** What nixpkgs' `runCommand` makes, and nothing was added to. */
export interface RunCommand {
  readonly command: string;
  readonly output: StorePath;
  /** Packages: of the shell, the standard environment, and what comes before it in the PATH. */
  readonly shell: StorePath;
  readonly stdenv: StorePath;
  readonly tools: readonly StorePath[];
  readonly programs: readonly StorePath[];
}

type Check = (value: string, derivation: Derivation) => boolean;
const anything: Check = () => true;
const nothing: Check = (value) => value === '';
const flag: Check = (value) => value === '' || value === '1';

/**
 * Every variable there may be. `stdenv.mkDerivation` (pkgs/stdenv/generic/make-derivation.nix) gives the empty ones to whatever it
 * makes; with another one, such as `preHook`, something else could run.
 */
const variables: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...['name', 'imageName', 'imageTag', 'buildCommand', 'nativeBuildInputs', 'stdenv'].map(named(anything)),
  ...['allowSubstitutes', 'enableParallelBuilding', 'enableParallelChecking'].map(named(flag)),
  ...['enableParallelInstalling', 'preferLocalBuild', 'strictDeps'].map(named(flag)),
  ...['__structuredAttrs', 'buildInputs', 'cmakeFlags', 'configureFlags', 'mesonFlags', 'patches'].map(named(nothing)),
  ...['depsBuildBuild', 'depsBuildTarget', 'depsHostHost', 'depsTargetTarget'].map(named(nothing)),
  ...['depsBuildBuildPropagated', 'depsBuildTargetPropagated', 'depsHostHostPropagated'].map(named(nothing)),
  ...['depsTargetTargetPropagated', 'propagatedBuildInputs', 'propagatedNativeBuildInputs'].map(named(nothing)),
  ...['doCheck', 'doInstallCheck'].map(named(nothing)),
  ['passAsFile', (value) => value === '' || value === 'buildCommand'],
  ['outputs', (value) => value === 'out'],
  ['out', (value, { outputs: [output] }) => value === output?.path],
  ['builder', (value, { builder }) => value === builder],
  ['system', (value, { system }) => value === system],
]);

function named(check: Check): (name: string) => [string, Check] {
  return (name) => [name, check];
}

export function ofRunCommand(derivation: Derivation): RunCommand | undefined {
  const { env, builder } = derivation;
  const output = onlyOutput(derivation);
  const shell = packageOf(builder);
  const stdenv = storePath(env.get('stdenv'));
  const tools = storePaths((env.get('nativeBuildInputs') ?? '').split(' ').filter((word) => word !== ''));
  const programs = programsOf(derivation);
  if (output === undefined || shell === undefined || stdenv === undefined) return undefined;
  if (tools === undefined || programs === undefined || oddVariable(derivation) !== undefined) return undefined;
  return { command: env.get('buildCommand') ?? '', output, shell, stdenv, tools, programs };
}

/** One, called `out`, whose path says what went into it. */
function onlyOutput({ outputs: [output, ...others] }: Derivation): StorePath | undefined {
  return output?.name === 'out' && !output.isFixed && others.length === 0 ? storePath(output.path) : undefined;
}

function packageOf(builder: string): StorePath | undefined {
  return storePath(/^(\/nix\/store\/[^/]+)\/bin\/(?:ba)?sh$/.exec(builder)?.[1]);
}

/** The first variable that what runCommand makes has not, or not with this value. */
export function oddVariable(derivation: Derivation): string | undefined {
  const isOdd = ([name, value]: readonly [string, string]) => variables.get(name)?.(value, derivation) !== true;
  return [...derivation.env].find(isOdd)?.[0];
}

/** What the shell is given, which is all that was copied to the store for this. */
function programsOf({ args: [option, ...rest], sources }: Derivation): readonly StorePath[] | undefined {
  const programs = storePaths(rest);
  const isAll = rest.length === sources.length && rest.every((path) => sources.some((source) => source === path));
  return option === '-e' && isAll ? programs : undefined;
}

function storePaths(words: readonly string[]): readonly StorePath[] | undefined {
  const paths = words.map(storePath).filter((path) => path !== undefined);
  return paths.length === words.length ? paths : undefined;
}

function storePath(word: string | undefined): StorePath | undefined {
  return StorePath.safeParse(word).data;
}

/** Attributes of structured derivations, which these are not. */
const attributes = [
  'if [ -f .attrs.sh ]; then . .attrs.sh fi ',
  'if [ -e .attrs.sh ]; then source .attrs.sh; fi ',
  'if [ -e "$NIX_ATTRS_SH_FILE" ]; then . "$NIX_ATTRS_SH_FILE"; elif [ -f .attrs.sh ]; then . .attrs.sh; fi ',
  'if [ -e "$NIX_ATTRS_SH_FILE" ]; then . "$NIX_ATTRS_SH_FILE"; fi ',
  '',
];

/**
 * Whether these are nixpkgs' own: `default-builder.sh` and, since 24.11, `source-stdenv.sh` before it. Of each derivation they take the
 * standard environment, and do what it is to do.
 */
export function isStandardBuilder(programs: readonly string[]): boolean {
  const [first = '', second, ...others] = programs.map(squeezed);
  const [begin = ''] = attributes.filter((text) => first.startsWith(text));
  const rest = first.slice(begin.length);
  if (second === undefined) return rest === 'source $stdenv/setup genericBuild';
  return rest === 'source $stdenv/setup source $1' && second === 'genericBuild' && others.length === 0;
}

/** Without comments, quotes around a variable's path, and line breaks. */
function squeezed(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join(' ')
    .replaceAll(/"(\$stdenv\/setup|\$1)"/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
