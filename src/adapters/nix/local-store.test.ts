import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ceilings } from '../../api/ceilings.ts';
import type { StorePath } from '../../api/result.ts';
import { createLocalStore, isFixed } from './local-store.ts';

const root = mkdtempSync(join(tmpdir(), 'enbi-local-store-'));
afterAll(() => rmSync(root, { recursive: true }));

test.each([
  ['a tar archive', `${'x'.repeat(257)}ustar\0`, true],
  ['gzip', '\x1f\x8b\x08', true],
  ['zstd', '\x28\xb5\x2f\xfd', true],
  ['zstd that begins with notes', '\x5e\x2a\x4d\x18', true],
  ['JSON', '{"layers":[]}', true],
  ['a stream script', '#!/bin/sh\nexec stream /nix/store/x-conf.json "$@"\n', true],
  ['another script', '#!/bin/sh\necho hello\n', false],
  ['a program', '\x7fELF', false],
  ['nothing', '', false],
])('%s looks like an image or not', async (name, content, expected) => {
  const file = join(root, name);
  writeFileSync(file, content, 'latin1');
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  expect(await store.looksLikeImage(file)).toBe(expected);
});

test.each([
  ['an OCI layout', ['oci-layout', 'index.json'], true],
  ['the directory of one', ['image/oci-layout', 'nix-support/x'], true],
  ['skopeo’s directory', ['manifest.json', 'version'], true],
  ['a web page', ['manifest.json', 'index.html'], false],
  ['files', ['a', 'b'], false],
])('a directory, %s, looks like an image or not', async (name, files, expected) => {
  for (const file of files) {
    mkdirSync(dirname(join(root, name, file)), { recursive: true });
    writeFileSync(join(root, name, file), '');
  }
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  expect(await store.looksLikeImage(join(root, name))).toBe(expected);
});

test('a directory whose only entry is a link to nowhere does not look like an image', async () => {
  const directory = join(root, 'dangling');
  mkdirSync(directory);
  symlinkSync('/nowhere', join(directory, 'result'));
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  expect(await store.looksLikeImage(directory)).toBe(false);
});

test('a root that is set from several places in the same moment is set, and nothing else is left', async () => {
  const path = `/nix/store/${'a'.repeat(32)}-image` as StorePath;
  const stores = Array.from({ length: 20 }, () =>
    createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() }),
  );
  await Promise.all(stores.map((store) => store.setRoot('one', path)));
  expect(readdirSync(join(root, 'var'))).toEqual(['nix']);
  expect(readdirSync(join(root, 'var/nix/gcroots/enbi'))).toEqual(['one']);
});

test('a result that leads nowhere, and a pipe that runs in its place, keep nobody waiting', async () => {
  const [link, pipe] = [join(root, 'link'), join(root, 'pipe')];
  symlinkSync('/nowhere', link);
  execFileSync('mkfifo', ['-m', '755', pipe]);
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  for (const path of [link, pipe]) {
    expect(await store.kindOf(path as StorePath)).toBe('archive');
    expect(await store.looksLikeImage(path)).toBe(false);
  }
});

const hash = 'a'.repeat(64);
const noted = `/nix/store/${'a'.repeat(32)}`;
test.each([
  ['has the hash of its result', `Derive([("out","${noted}-x","sha256","${hash}")],[],[],"x","y",[],[])`, true],
  ['has that of a directory', `Derive([("out","${noted}-x","r:sha256","${hash}")],[`, true],
  ['is known by what it is made from', `Derive([("out","${noted}-x","","")],[`, false],
  ['learns its hash when it is built', 'Derive([("out","","r:sha256","")],[', false],
  ['has several outputs', `Derive([("dev","${noted}-d","",""),("out","${noted}-x","","")],[`, false],
  ['is none', 'hello', false],
])('a derivation that %s may download or not', (_, text, expected) => {
  expect(isFixed(text)).toBe(expected);
});

test('what is no path of the store, or is not there, may download nothing', async () => {
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  for (const path of [join(root, 'link'), `${noted}-none.drv`, `${noted}-x/../../etc/passwd`])
    expect(await store.isFixedOutput(path)).toBe(false);
});

test.each([
  ['a small file', 'genericBuild\n', 'genericBuild\n'],
  ['a larger one', 'x'.repeat(4097), ''],
])('the text of %s is read or not', async (name, content, expected) => {
  const file = join(root, name);
  writeFileSync(file, content);
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- where this test has its files
  expect(await store.smallText(file as StorePath)).toBe(expected);
});

test.each([
  ['nothing', undefined],
  ['a directory', []],
  ['a text that is no derivation', 'Derive(['],
  ['one that is too large', `Derive([],[],[],"s","${'b'.repeat(ceilings.derivationBytes.value)}",[],[])`],
])('%s is no derivation', async (name, content) => {
  const file = join(root, `${name}.drv`);
  if (typeof content === 'string') writeFileSync(file, content);
  else if (content !== undefined) mkdirSync(file);
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- where this test has its files
  expect(await store.derivation(file as StorePath)).toBeUndefined();
});
