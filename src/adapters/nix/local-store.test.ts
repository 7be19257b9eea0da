import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../errors.ts';
import { createLocalStore } from './local-store.ts';

const root = mkdtempSync(join(tmpdir(), 'enbi-local-store-'));
afterAll(() => rmSync(root, { recursive: true }));

test('sources are forgotten although another build uses some that came at the same time', async () => {
  const there = new Set(['before-source', 'used-source', 'secret-source', 'built'].map(inStore));
  const run = async ([, , ...paths]: readonly string[]) => {
    for (const path of paths) {
      if (path === inStore('used-source')) throw new UserError('EvaluationFailed', `Cannot delete path '${path}'`);
      there.delete(path);
    }
  };
  writeDatabase(['before-source', 'used-source', 'secret-source', 'built']);
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run });
  await store.forgetSourcesSince(1);
  expect([...there]).toEqual(['before-source', 'used-source', 'built'].map(inStore));
});

test.each([
  ['a tar archive', `${'x'.repeat(257)}ustar\0`, true],
  ['gzip', '\x1f\x8b\x08', true],
  ['zstd', '\x28\xb5\x2f\xfd', true],
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

test('a directory whose only entry is a link to nowhere does not look like an image', async () => {
  const directory = join(root, 'dangling');
  mkdirSync(directory);
  symlinkSync('/nowhere', join(directory, 'result'));
  const store = createLocalStore({ root, sizeFile: join(root, 'size'), run: () => Promise.resolve() });
  expect(await store.looksLikeImage(directory)).toBe(false);
});

function inStore(name: string): string {
  return `/nix/store/${'0'.repeat(32)}-${name}`;
}

/** As Nix does, as far as it is read. */
function writeDatabase(names: readonly string[]): void {
  mkdirSync(join(root, 'var/nix/db'), { recursive: true });
  using database = new DatabaseSync(join(root, 'var/nix/db/db.sqlite'));
  database.exec('CREATE TABLE ValidPaths (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT, deriver TEXT)');
  for (const name of names) database.prepare('INSERT INTO ValidPaths (path) VALUES (?)').run(inStore(name));
}
