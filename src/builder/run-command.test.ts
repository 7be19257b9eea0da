import { expect, test } from 'vitest';
import { standardBuilder } from './fake-piped.ts';
import { isStandardBuilder } from './run-command.ts';

const [source = '', build = ''] = standardBuilder;

test.each<[string, readonly string[], boolean]>([
  ['of nixpkgs since 24.11', standardBuilder, true],
  [
    'of nixpkgs 25.11',
    ['if [ -e "$NIX_ATTRS_SH_FILE" ]; then . "$NIX_ATTRS_SH_FILE"; fi\nsource "$stdenv/setup"\nsource "$1"\n', build],
    true,
  ],
  ['of nixpkgs 24.05', [source.replace('source $1\n', 'genericBuild\n')], true],
  [
    'of nixpkgs 22.11',
    ['if [ -f .attrs.sh ]; then\n    . .attrs.sh\nfi\n\nsource $stdenv/setup\ngenericBuild\n'],
    true,
  ],
  [
    'of nixpkgs 20.09',
    ['if [ -e .attrs.sh ]; then source .attrs.sh; fi\nsource $stdenv/setup\n\ngenericBuild\n'],
    true,
  ],
  ['with a comment', ['# shellcheck shell=bash\nsource $stdenv/setup\ngenericBuild\n'], true],
  ['none', [], false],
  ['empty ones', ['', ''], false],
  ['with a line before', [`PATH=/x\n${source}`, build], false],
  ['with a line between', [source.replace('source $1', 'pigz() { cat; }\nsource $1'), build], false],
  ['with a line behind', [source, `${build}echo >> $out\n`], false],
  ['the first alone', [source], false],
  ['the second alone', [build], false],
  ['in another order', [build, source], false],
  ['and a third', [...standardBuilder, ''], false],
  ['of something else', ['source $HOME/setup\ngenericBuild\n'], false],
])('the programs of the shell are known: %s', (_, programs, isKnown) => {
  expect(isStandardBuilder(programs)).toBe(isKnown);
});
