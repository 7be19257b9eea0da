import { describe, expect, test } from 'vitest';
import type { StorePath } from '../api/result.ts';
import { fakePath } from './fake-nix.ts';
import { drvOf, inputsMaking, pipedDerivation, pipedPaths } from './fake-piped.ts';
import { pipedScript } from './piped-script.ts';
import type { Derivation } from './ports.ts';

const { archive, script, scriptDrv, bash, stdenv, pigz, programs } = pipedPaths;
const zstd = fakePath('zstd-1.5.7-dev');
const gzip = fakePath('gzip-1.14');
const other = fakePath('other-1.0');

const known = inputsMaking([bash, stdenv, pigz, script, zstd, gzip, other]);
const recognised = (derivation: Derivation) => pipedScript(derivation, known);

/** With this command, this in `nativeBuildInputs`, and derivations of all that. */
function running(command: string, tools: readonly StorePath[], more: readonly StorePath[] = []): Derivation {
  const paths = new Set([bash, stdenv, script, ...tools, ...more]);
  const inputs = [...paths].map((path) => ({ drvPath: drvOf(path), outputs: ['out'] }));
  return pipedDerivation({ inputs }, { buildCommand: command, nativeBuildInputs: tools.join(' ') });
}

test('what buildLayeredImage makes is a piped script', () => {
  expect(recognised(pipedDerivation())).toEqual({ script, scriptDrv, archive, compressor: 'pigz', programs });
});

describe('is one too', () => {
  test.each<[string, Derivation]>([
    ['one of nixpkgs 20.09', running(`${script} | pigz -nT > $out`, [pigz])],
    ['one of nixpkgs 22.11', running(`${script} | pigz -nTR > $out`, [pigz])],
    ['with zstd', running(`${script} | zstd -T$NIX_BUILD_CORES > $out`, [zstd])],
    ['without compression', running(`${script} | cat > $out`, [])],
    ['with gzip of the standard environment', running(`${script} | gzip -9 -n > $out`, [])],
    ['with gzip of its own', running(`${script} | gzip > $out`, [gzip])],
    ['with the path of a compressor', running(`${script} | ${gzip}/bin/gzip -n > $out`, [], [gzip])],
    ['with lines around the command', running(`\n  ${script} | pigz -nTR > $out\n`, [pigz])],
    [
      'with one program, as before nixpkgs 24.11',
      pipedDerivation({ args: ['-e', programs[1]], sources: [programs[1]] }),
    ],
    ['that runCommandLocal makes', pipedDerivation({}, { preferLocalBuild: '1', allowSubstitutes: '' })],
    ['with strict dependencies', pipedDerivation({}, { strictDeps: '1' })],
  ])('%s', (_, derivation) => {
    expect(recognised(derivation)).toMatchObject({ script, scriptDrv });
  });
});

describe('is none, but is built as it is', () => {
  const nothingElse = running(`${script} > $out`, []);
  test.each<[string, Derivation]>([
    ['no command', pipedDerivation({}, { buildCommand: '' })],
    ['nothing that compresses', nothingElse],
    ['a command after it', running(`${script} | pigz -nTR > $out; echo more >> $out`, [pigz])],
    ['a line after it', running(`${script} | pigz -nTR > $out\necho more >> $out`, [pigz])],
    ['a command before it', running(`cd /tmp && ${script} | pigz -nTR > $out`, [pigz])],
    ['a command between', running(`${script} | sed s/a/b/ | pigz -nTR > $out`, [pigz])],
    ['a command behind the compressor', running(`${script} | pigz -nTR | tee > $out`, [pigz])],
    ['two scripts', running(`${script} ${other} | pigz -nTR > $out`, [pigz], [other])],
    ['two pipes', running(`${script} | pigz -nTR > $out\n${script} | pigz -nTR > $out`, [pigz])],
    ['an argument of the script', running(`${script} --repo_tag x | pigz -nTR > $out`, [pigz])],
    ['a program in a package', running(`${script}/bin/stream | pigz -nTR > $out`, [pigz])],
    ['a substitution', running(`$(cat ${script}) | pigz -nTR > $out`, [pigz])],
    ['an error output that goes along', running(`${script} 2>&1 | pigz -nTR > $out`, [pigz])],
    ['another place', running(`${script} | pigz -nTR > $out.gz`, [pigz])],
    ['a place that is added to', running(`${script} | pigz -nTR >> $out`, [pigz])],
    ['an option that unpacks', running(`${script} | pigz -d > $out`, [pigz])],
    ['an option for another format', running(`${script} | pigz -z > $out`, [pigz])],
    ['another compressor', running(`${script} | xz > $out`, [])],
    ['a compressor by a path that is no input', running(`${script} | ${gzip}/bin/gzip > $out`, [])],
    ['a compressor by a path outside of the store', running(`${script} | /bin/gzip > $out`, [])],
    ['a compressor below another directory', running(`${script} | ${gzip}/sbin/gzip > $out`, [], [gzip])],
    ['a compressor that nothing puts into the PATH', running(`${script} | pigz -nTR > $out`, [])],
    ['a tool that is no compressor', running(`${script} | pigz -nTR > $out`, [other])],
    ['a tool beside the compressor', running(`${script} | pigz -nTR > $out`, [pigz, other])],
    ['a tool before cat', running(`${script} | cat > $out`, [other])],
    ['a command that is too long', running(`${' '.repeat(3000)}${script} | cat > $out`, [])],
    ['a script that is no input', running(`${fakePath('elsewhere')} | pigz -nTR > $out`, [pigz])],
    ['a script that is another output of an input', pipedDerivation({ inputs: withOutputs('doc') })],
    [
      'an input that is not there',
      pipedDerivation({ inputs: [...pipedDerivation().inputs, { drvPath: drvOf(archive), outputs: ['out'] }] }),
    ],
    ['an input that nothing names', running(`${script} | pigz -nTR > $out`, [pigz], [other])],
    ['a script that is a source', pipedDerivation({ sources: [...programs, script], inputs: withOutputs() })],
    ['a file more in the store', pipedDerivation({ sources: [...programs, fakePath('file')] })],
    [
      'two outputs',
      pipedDerivation({ outputs: [...pipedDerivation().outputs, { name: 'doc', path: other, isFixed: false }] }),
    ],
    ['an output of another name', pipedDerivation({ outputs: [{ name: 'dev', path: archive, isFixed: false }] })],
    ['a fixed output', pipedDerivation({ outputs: [{ name: 'out', path: archive, isFixed: true }] })],
    [
      'an output whose place is not known yet',
      pipedDerivation({ outputs: [{ name: 'out', path: '', isFixed: false }] }),
    ],
    ['another builder', pipedDerivation({ builder: `${bash}/bin/python3` }, { builder: `${bash}/bin/python3` })],
    ['a builder outside of the store', pipedDerivation({ builder: '/bin/sh' }, { builder: '/bin/sh' })],
    ['a builder that is no input', pipedDerivation({ builder: `${other}/bin/bash` }, { builder: `${other}/bin/bash` })],
    ['another option of the shell', pipedDerivation({ args: ['-c', ...programs] })],
    ['an argument more', pipedDerivation({ args: ['-e', ...programs, 'more'] })],
    ['a program that is no source', pipedDerivation({ args: ['-e', fakePath('x.sh'), programs[1]] })],
    ['a standard environment that is no input', pipedDerivation({}, { stdenv: other })],
    ['an output that the environment moves', pipedDerivation({}, { out: other })],
    ['another file of a variable', pipedDerivation({}, { passAsFile: 'buildCommand imageName' })],
  ])('with %s', (_, derivation) => {
    expect(recognised(derivation)).toBeUndefined();
  });

  test.each([
    ['preHook', 'echo'],
    ['postHook', 'echo'],
    ['postBuild', 'echo'],
    ['userHook', 'echo'],
    ['preferHashedMirrors', ''],
    ['BASH_ENV', '/x'],
    ['LD_PRELOAD', '/x'],
    ['PATH', '/x'],
    ['NIX_BUILD_CORES', '1 -d'],
    ['GZIP', '-1'],
    ['SOURCE_DATE_EPOCH', '1'],
    ['__structuredAttrs', '1'],
    ['__noChroot', '1'],
    ['__impure', '1'],
    ['__contentAddressed', '1'],
    ['outputHash', 'sha256-'],
    ['impureEnvVars', 'http_proxy'],
    ['exportReferencesGraph', 'graph /nix/store/x'],
    ['buildInputs', pigz],
    ['propagatedNativeBuildInputs', pigz],
    ['patches', '/x'],
    ['doCheck', '1'],
    ['doInstallCheck', '1'],
    ['enableParallelBuilding', 'yes'],
  ])('with a variable %s', (name, value) => {
    expect(recognised(pipedDerivation({}, { [name]: value }))).toBeUndefined();
  });

  test('with a script that is an output beside another', () => {
    const beside = new Map(known).set(
      scriptDrv,
      pipedDerivation({ outputs: [{ name: 'doc', path: script, isFixed: false }] }),
    );
    expect(pipedScript(pipedDerivation({ inputs: withOutputs('doc') }), beside)).toBeUndefined();
  });

  test('with a path that two inputs make', () => {
    const twice = new Map([
      ...known,
      [drvOf(other), pipedDerivation({ outputs: [{ name: 'out', path: script, isFixed: false }] })],
    ]);
    expect(pipedScript(running(`${script} | pigz -nTR > $out`, [pigz], [other]), twice)).toBeUndefined();
  });
});

function withOutputs(...outputs: readonly string[]): Derivation['inputs'] {
  return pipedDerivation().inputs.map((input) => (input.drvPath === scriptDrv ? { ...input, outputs } : input));
}
