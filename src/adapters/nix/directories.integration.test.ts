import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareStore } from '../../builder/prepare.ts';
import { createDirectories } from './directories.ts';

let node: string;
let stores: string;

beforeEach(() => {
  node = mkdtempSync(join(tmpdir(), 'enbi-stores-'));
  stores = join(node, 'lib/enbi/stores');
});
afterEach(() => rmSync(node, { recursive: true }));

const prepare = () => prepareStore({ tenant: 'team-a' }, createDirectories(dirname(stores)));

describe('a store is prepared', () => {
  test('where nothing is', async () => {
    expect(await prepare()).toMatchObject({ ok: true, storeSizeBytes: 0, storeFreeBytes: expect.any(Number) });
    for (const path of ['..', '']) expect(ownerAndMode(path)).toBe('0:0 700');
    expect(ownerAndMode('team-a')).toBe('0:0 755');
    for (const path of [
      'nix',
      'nix/store',
      'nix/var',
      'nix/var/nix',
      'nix/var/nix/gcroots',
      'nix/var/nix/gcroots/enbi',
      'cache',
    ]) {
      expect(`${path} ${ownerAndMode(`team-a/${path}`)}`).toBe(`${path} 1000:1000 755`);
    }
  });

  test('for a scope, beside that of its namespace', async () => {
    const scope = '0123456789abcdef'.repeat(2);
    await prepareStore({ tenant: 'team-a', scope }, createDirectories(dirname(stores)));
    expect(readdirSync(stores)).toEqual([`team-a.${scope}`]);
    expect(ownerAndMode(`team-a.${scope}/nix/store`)).toBe('1000:1000 755');
  });

  test('again, leaving what is in it', async () => {
    await prepare();
    const path = join(stores, 'team-a/nix/store/kept');
    writeFileSync(path, 'x', { mode: 0o444 });
    writeFileSync(join(stores, 'team-a/nix/var/enbi-store-size'), '12345\n');
    expect(await prepare()).toMatchObject({ storeSizeBytes: 12345 });
    expect(lstatSync(path).uid).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  test('where directories were passable before', async () => {
    mkdirSync(join(stores, 'team-a'), { recursive: true });
    for (const path of ['..', '']) chmodSync(join(stores, path), 0o755);
    await prepare();
    for (const path of ['..', '']) expect(ownerAndMode(path)).toBe('0:0 700');
  });

  test('so that no other user of the node reaches a program in it', async () => {
    await prepare();
    chmodSync(node, 0o755);
    copyFileSync('/bin/true', join(stores, 'team-a/nix/store/setuid'));
    chmodSync(join(stores, 'team-a/nix/store/setuid'), 0o4755);
    const run = (uid: number) => spawnSync(join(stores, 'team-a/nix/store/setuid'), [], { uid, gid: uid });
    expect(run(0)).toMatchObject({ status: 0 });
    expect(run(1000)).toMatchObject({ error: { code: 'EACCES' } });
  });

  test("where the kubelet made a subPath as root's", async () => {
    mkdirSync(join(stores, 'team-a/nix'), { recursive: true, mode: 0o700 });
    await prepare();
    expect(ownerAndMode('team-a/nix')).toBe('1000:1000 755');
  });
});

describe('a tenant cannot lead root astray', () => {
  test.each(['team-a', 'team-a/nix', 'team-a/nix/var', 'team-a/nix/var/nix/gcroots', 'team-a/cache'])(
    'by a link at %s',
    async (path) => {
      const victim = join(node, 'victim');
      mkdirSync(victim, { mode: 0o700 });
      mkdirSync(join(stores, path, '..'), { recursive: true });
      symlinkSync(victim, join(stores, path));
      await expect(prepare()).rejects.toMatchObject({ reason: 'StorePreparationFailed', name: 'InternalError' });
      expect(readdirSync(victim)).toEqual([]);
      expect(lstatSync(victim)).toMatchObject({ uid: 0, mode: 0o40700 });
    },
  );

  test('by a file in place of a directory', async () => {
    mkdirSync(join(stores, 'team-a'), { recursive: true });
    writeFileSync(join(stores, 'team-a/nix'), '');
    await expect(prepare()).rejects.toMatchObject({ reason: 'StorePreparationFailed' });
  });

  test.each([
    ['a link', (path: string) => symlinkSync('/etc/hostname', path)],
    ['a device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a text', (path: string) => writeFileSync(path, 'not a number')],
    ['a huge number', (path: string) => writeFileSync(path, '9'.repeat(100))],
    ['a directory', (path: string) => mkdirSync(path)],
  ])('by %s where the size is read', async (_, make) => {
    await prepare();
    make(join(stores, 'team-a/nix/var/enbi-store-size'));
    expect(await prepare()).toMatchObject({ ok: true, storeSizeBytes: 0 });
  });
});

function ownerAndMode(path: string): string {
  const { uid, gid, mode } = lstatSync(join(stores, path));
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
}
