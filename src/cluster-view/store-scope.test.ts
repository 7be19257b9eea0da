import { expect, test } from 'vitest';
import { aBuild } from '../../test/support/builders.ts';
import { podAnnotation } from '../api/labels.ts';
import { scopePattern, storeScopes } from '../api/order.ts';
import { scopeOf } from './store-scope.ts';

const one = 'git+https://git.example/one?ref=main';
const other = 'git+https://git.example/other';
const open = (flakeUrl: string) => aBuild({ spec: { flakeUrl } });
const secret = (flakeUrl: string, secretName = 'git-token') =>
  aBuild({ spec: { flakeUrl }, annotations: { [podAnnotation.secretName]: secretName } });

test.each([
  ['two flakes of a namespace', open(one), open(other), true, false],
  ['a flake and one that uses a Secret', open(other), secret(one), false, false],
  ['two that use the same Secret', secret(one), secret(other), false, false],
  ['two versions', open(one), open(`${one}&dir=image`), true, true],
  ['two versions that use a Secret', secret(one), secret('git+https://git.example/one?ref=v2'), true, true],
  ['one repository by two Secrets', secret(one), secret(one, 'another'), false, false],
  ['one repository with a Secret and without', secret(one), open(one), false, false],
  ['a Secret that is none and another flake', secret(one, ''), open(other), false, false],
  ['two references that do not parse', secret('what is this'), secret('and this'), false, false],
])('%s share a store: with "namespace", with "flake"', (_, a, b, ...expected) => {
  expect(storeScopes.map((setting) => scopeOf(a, setting) === scopeOf(b, setting))).toEqual(expected);
});

test('a flake without a Secret has a store of its own only where that is said', () => {
  expect(storeScopes.map((setting) => scopeOf(open(one), setting))).toEqual([
    undefined,
    expect.stringMatching(scopePattern),
  ]);
});

test('a scope is digits, whatever a NixBuild says', () => {
  for (const url of ['', '../..', 'github:a/b/../../..', '\n', 'x'.repeat(5000)]) {
    expect(scopeOf(secret(url), 'namespace')).toMatch(scopePattern);
  }
});
