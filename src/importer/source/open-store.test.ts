import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, test } from 'vitest';
import { storeTree } from '../made/store-tree.ts';
import { openStore } from './open-store.ts';
import { ReadCount } from './read-count.ts';
import { openWithin, resolveWithin } from './store-file.ts';

let node: string;
let directory: string;

beforeEach(() => {
  node = mkdtempSync(join(tmpdir(), 'enbi-open-store-'));
  directory = join(node, 'team');
  mkdirSync(join(directory, 'nix/store/app'), { recursive: true });
  writeFileSync(join(directory, 'nix/store/app/file'), 'of the team');
  for (const place of ['other/store/app', 'other/nix/store']) mkdirSync(join(node, place), { recursive: true });
  writeFileSync(join(node, 'other/store/app/file'), 'of others');
});
afterEach(() => rmSync(node, { recursive: true }));

async function contentOf(root: string, path: string): Promise<string> {
  await using file = await openWithin(root, `${root}/${path}`);
  return await file.readFile('utf8');
}

it('leads to what is in it', async () => {
  await using store = await openStore(directory);
  expect(await contentOf(store.root, 'app/file')).toBe('of the team');
  expect(await resolveWithin(store.root, `${store.root}/app`)).toBe(`${store.root}/app`);
});

it('follows links that name it as Nix does', async () => {
  symlinkSync('/nix/store/app', join(directory, 'nix/store/joined'));
  await using store = await openStore(directory);
  expect(await contentOf(store.root, 'joined/file')).toBe('of the team');
});

test.each([
  ['its directory', ['team']],
  ['nix', ['team/nix']],
])('a link in the place of %s leads nowhere', async (_, [path = '']) => {
  renameSync(join(node, path), join(node, 'aside'));
  symlinkSync(join(node, 'other'), join(node, path));
  await expect(openStore(directory)).rejects.toMatchObject({ name: 'TransientError' });
});

test('nor does one in the place of nix/store', async () => {
  renameSync(join(directory, 'nix/store'), join(directory, 'nix/aside'));
  symlinkSync(join(node, 'other/store'), join(directory, 'nix/store'));
  await using store = await openStore(directory);
  await expect(contentOf(store.root, 'app/file')).rejects.toMatchObject({ reason: 'InvalidArchive' });
  expect(() => [...storeTree('app', { store: store.root, count: new ReadCount() })]).toThrow('cannot be read');
});

test('a link that is put in the place of nix later leads nowhere either', async () => {
  await using store = await openStore(directory);
  renameSync(join(directory, 'nix'), join(directory, 'aside'));
  symlinkSync(join(node, 'other'), join(directory, 'nix'));
  expect(await contentOf(store.root, 'app/file')).toBe('of the team');
});

test('what cannot be opened tells nothing of where it lies', async () => {
  rmSync(join(directory, 'nix'), { recursive: true });
  await expect(openStore(directory)).rejects.toThrow(
    /^the store cannot be opened on this node: ENOENT: no such file or directory$/,
  );
});
