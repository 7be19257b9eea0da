import { expect, test } from 'vitest';
import { StorePath } from '../../api/result.ts';
import { pathRules } from './path-rules.ts';

const path = StorePath.parse(`/nix/store/${'0'.repeat(32)}-a`);
const perm = { mode: '0600', uid: 1, gid: 2, uname: '', gname: '' };

function accessOf(name: string, regex: string): number {
  return pathRules({ path, options: { perms: [{ ...perm, regex }] } }).access(name, 0o644).mode;
}

test.each([
  ['.*', 4000],
  ['^/nix/store/.*-a/etc/.*', 1500],
  ['.*/.*/.*', 250],
])('%s is tried on names of %i letters', (regex, letters) => {
  expect(accessOf(`/nix/store/x-a/etc/${'x'.repeat(letters)}`, regex)).toBe(0o600);
});

test.each([
  ['.*.*.*.*y', 200],
  ['.*.*.*y', 1000],
  ['[a-z/]*y', 200_000],
])('%s is refused for a name of %i letters, which would take years', (regex, letters) => {
  const refused = expect.objectContaining({
    reason: 'InvalidArchive',
    message: expect.stringContaining('regular expression'),
  });
  expect(() => accessOf('x'.repeat(letters), regex)).toThrow(refused);
});

test('so is a rewriting of it', () => {
  const rules = pathRules({ path, options: { rewrite: { regex: '.*.*.*y', repl: '' } } });
  expect(() => rules.destination('x'.repeat(1000))).toThrow(expect.objectContaining({ reason: 'InvalidArchive' }));
});
