import { describe, expect, test } from 'vitest';
import { ceilings } from '../../api/ceilings.ts';
import { parseDerivation } from './derivation.ts';

const hash = '0123456789abcdfghijklmnpqrsvwxyz';
const path = (name: string) => `/nix/store/${hash}-${name}`;

/** As Nix 2.34.8 wrote it for the flake of the end-to-end tests, with other hashes. */
const written =
  `Derive([("out","${path('web.tar.gz')}","","")],[("${path('bash.drv')}",["out"]),("${path('zstd.drv')}",["bin","dev"])],` +
  `["${path('default-builder.sh')}"],"x86_64-linux","${path('bash')}/bin/bash",["-e","${path('default-builder.sh')}"],` +
  `[("buildCommand","a \\"b\\" > $out\\n\\t\\\\ [(,)] ä"),("name","web.tar.gz"),("patches","")])`;

test('a derivation is read as Nix writes it', () => {
  expect(parseDerivation(written)).toEqual({
    outputs: [{ name: 'out', path: path('web.tar.gz'), isFixed: false }],
    inputs: [
      { drvPath: path('bash.drv'), outputs: ['out'] },
      { drvPath: path('zstd.drv'), outputs: ['bin', 'dev'] },
    ],
    sources: [path('default-builder.sh')],
    system: 'x86_64-linux',
    builder: `${path('bash')}/bin/bash`,
    args: ['-e', path('default-builder.sh')],
    env: new Map([
      ['buildCommand', 'a "b" > $out\n\t\\ [(,)] ä'],
      ['name', 'web.tar.gz'],
      ['patches', ''],
    ]),
  });
});

test.each([
  ['of a fixed output', `("out","${path('x')}","sha256","${'0'.repeat(64)}")`, true],
  ['of what is known by its content once it is built', '("out","","r:sha256","")', true],
  ['of what is impure', '("out","","r:sha256","impure")', true],
])('a derivation %s', (_, output, isFixed) => {
  const derivation = parseDerivation(`Derive([${output}],[],[],"s","b",[],[])`);
  expect(derivation?.outputs).toMatchObject([{ name: 'out', isFixed }]);
});

describe('is none', () => {
  test.each([
    ['nothing', ''],
    ['a program', '#!/bin/sh\n'],
    ['one that is cut', written.slice(0, -1)],
    ['one with something behind it', `${written}]`],
    ['one with a space in it', written.replace('Derive(', 'Derive( ')],
    ['dynamic ones', written.replace('Derive(', 'DrvWithVersion("xp-dyn-drv",')],
    ['one with an escape that Nix does not write', written.replace('web.tar.gz', 'web\\u0041')],
    ['one with a number', written.replace('"x86_64-linux"', '1')],
    ['one with a bare control character', written.replace('ä', '\u0007')],
    ['one with a field more', written.replace('"x86', '[],"x86')],
    ['one with a variable twice', written.replace('("name"', '("patches"')],
    ['one whose input is no store path', written.replace(path('bash.drv'), '/etc/passwd')],
    [
      'one of too many variables',
      `Derive([],[],[],"s","b",[],[${Array.from({ length: 257 }, (_, at) => `("v${at}","")`).join()}])`,
    ],
    ['one that is too long', written.replace('ä', 'ä'.repeat(ceilings.derivationBytes.value))],
    ['deep lists', `Derive(${'['.repeat(100_000)}`],
  ])('%s', (_, text) => {
    expect(parseDerivation(text)).toBeUndefined();
  });
});
