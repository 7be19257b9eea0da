import type { StorePath } from '../api/result.ts';
import { fakePath } from './fake-nix.ts';
import type { Derivation } from './ports.ts';

/** An archive as `dockerTools.buildLayeredImage` of nixpkgs 25.05 makes it, and all that goes into it. */
export const pipedPaths = {
  drvPath: fakePath('web.drv'),
  archive: fakePath('web'),
  script: fakePath('stream-web'),
  scriptDrv: fakePath('stream-web.drv'),
  bash: fakePath('bash-5.2p37'),
  stdenv: fakePath('stdenv-linux'),
  pigz: fakePath('pigz-2.8'),
  programs: [fakePath('source-stdenv.sh'), fakePath('default-builder.sh')],
} as const;

/** What stands in the two programs. */
export const standardBuilder: readonly string[] = [
  'if [ -e "$NIX_ATTRS_SH_FILE" ]; then . "$NIX_ATTRS_SH_FILE"; elif [ -f .attrs.sh ]; then . .attrs.sh; fi\nsource $stdenv/setup\nsource $1\n',
  'genericBuild\n',
];

const always = [
  '__structuredAttrs',
  'cmakeFlags',
  'configureFlags',
  'doCheck',
  'doInstallCheck',
  'mesonFlags',
  'patches',
];
const dependencies = ['BuildBuild', 'BuildTarget', 'HostHost', 'TargetTarget'].flatMap((kind) => [
  `deps${kind}`,
  `deps${kind}Propagated`,
]);
const inputKinds = ['buildInputs', 'propagatedBuildInputs', 'propagatedNativeBuildInputs', 'strictDeps'];

export function pipedDerivation(
  changes: Partial<Derivation> = {},
  env: Readonly<Record<string, string>> = {},
): Derivation {
  const { archive, script, bash, stdenv, pigz, programs } = pipedPaths;
  const builder = `${bash}/bin/bash`;
  const variables = {
    ...Object.fromEntries([...always, ...dependencies, ...inputKinds].map((name) => [name, ''])),
    buildCommand: `${script} | pigz -p$NIX_BUILD_CORES -nTR > $out`,
    builder,
    enableParallelBuilding: '1',
    enableParallelChecking: '1',
    enableParallelInstalling: '1',
    imageName: 'web',
    name: 'web.tar.gz',
    nativeBuildInputs: pigz,
    out: archive,
    outputs: 'out',
    passAsFile: 'buildCommand',
    stdenv,
    system: 'x86_64-linux',
    ...env,
  };
  return {
    outputs: [{ name: 'out', path: archive, isFixed: false }],
    inputs: [bash, stdenv, pigz, script].map((path) => ({ drvPath: drvOf(path), outputs: ['out'] })),
    sources: programs,
    system: 'x86_64-linux',
    builder,
    args: ['-e', ...programs],
    env: new Map(Object.entries(variables)),
    ...changes,
  };
}

/** The derivations of these paths, each its only output. */
export function inputsMaking(paths: readonly StorePath[]): Map<StorePath, Derivation> {
  return new Map(
    paths.map((path) => [drvOf(path), pipedDerivation({ outputs: [{ name: 'out', path, isFixed: false }] })]),
  );
}

export function drvOf(path: StorePath): StorePath {
  return fakePath(`${path.slice(path.indexOf('-') + 1)}.drv`);
}
