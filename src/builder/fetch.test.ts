import { expect, test } from 'vitest';
import { aBuildOrder } from '../../test/support/builders.ts';
import type { BuildOrder } from '../api/order.ts';
import { TransientError } from '../errors.ts';
import { FakeGitHosts, FakeHandover, FakeNix, FakeStore, fakePath } from './fake-nix.ts';
import { fetchFlake } from './fetch.ts';

const rev = 'a'.repeat(40);
const narHash = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

function aScene() {
  const deps = { nix: new FakeNix(), store: new FakeStore(), handover: new FakeHandover(), hosts: new FakeGitHosts() };
  return { ...deps, fetch: (changes: Partial<BuildOrder> = {}) => fetchFlake(aBuildOrder(changes), deps) };
}

test.each([
  ['git+https://h/x', `git+https://h/x?ref=refs/heads/main&rev=${rev}`],
  ['git+https://h/x?ref=v1&dir=a', `git+https://h/x?dir=a&ref=v1&rev=${rev}`],
  [`git+https://h/x?rev=${rev}`, `git+https://h/x?rev=${rev}`],
  [
    'github:a/b/main?dir=x',
    `github:a/b/${rev}?dir=x&narHash=sha256-47DEQpj8HBSa%2B/TImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D`,
  ],
  [
    'https://h/x.tar.gz',
    'tarball+https://h/x.tar.gz?narHash=sha256-47DEQpj8HBSa%2B/TImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D',
  ],
])('%s is pinned as %s, fetched and handed over', async (flakeUrl, lockedUrl) => {
  const scene = aScene();
  scene.nix.locked = { rev, narHash, ref: 'refs/heads/main', locks: { nodes: {} } };
  expect(await scene.fetch({ flakeUrl })).toMatchObject({ lockedUrl });
  expect(scene.nix.calls.at(-1)).toBe(`fetchInputs ${lockedUrl}`);
  expect(scene.store.held).toBe(0);
});

const asked = 'https://h/o/r/archive/main.tar.gz';
const pinned = 'narHash=sha256-47DEQpj8HBSa%2B/TImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D';
test.each([
  [
    'its host says',
    'https://h/api/o/r/archive/1.tar.gz',
    `tarball+https://h/api/o/r/archive/1.tar.gz?${pinned}&rev=${rev}`,
  ],
  ['its host says of another place', 'https://h/o/other/archive/1.tar.gz', `tarball+${asked}?${pinned}`],
  ['its host says of another host', 'https://i/o/r/archive/1.tar.gz', `tarball+${asked}?${pinned}`],
  ['its host says of this machine', 'file:///enbi/secret/netrc', `tarball+${asked}?${pinned}`],
  ['nobody says', asked, `tarball+${asked}?${pinned}&rev=${rev}`],
])('an archive is pinned where %s that it stays: %s', async (_, url, lockedUrl) => {
  const scene = aScene();
  scene.nix.locked = { url, rev, narHash, locks: { nodes: {} } };
  expect(await scene.fetch({ flakeUrl: asked })).toMatchObject({ lockedUrl });
});

test('the caches that answer are handed over', async () => {
  const scene = aScene();
  const handed = await fetchFlake(aBuildOrder(), { ...scene, substituters: ['https://cache.example'] });
  expect(handed.substituters).toEqual(['https://cache.example']);
});

test.each([
  [{ flakeUrl: 'path:/etc' }, 'InvalidFlakeReference'],
  [{ packageName: '--help' }, 'InvalidPackageName'],
  [{ system: 'x86_64-darwin' }, 'InvalidPackageName'],
])('%j is refused before Nix is asked', async (changes, reason) => {
  const scene = aScene();
  await expect(scene.fetch(changes)).rejects.toMatchObject({ reason });
  expect(scene.nix.calls).toEqual([]);
});

test('what is handed over lies in the store, and knows its version', async () => {
  const scene = aScene();
  scene.nix.locked = { rev, narHash, lastModified: 12, revCount: 3, locks: { nodes: {} } };
  const { source } = await scene.fetch({ flakeUrl: 'git+https://h/x?dir=a/b' });
  const query = `dir=a%2Fb&lastModified=12&narHash=${encodeURIComponent(narHash)}&rev=${rev}&revCount=3`;
  expect(source).toBe(`path:${fakePath('source')}?${query}`);
});

test('the store is let go when locking fails', async () => {
  const scene = aScene();
  scene.nix.locked = new TransientError('NetworkUnreachable', 'down');
  await expect(scene.fetch()).rejects.toThrow('down');
  expect(scene.store.held).toBe(0);
});

test('a local input is refused, and not fetched', async () => {
  const scene = aScene();
  scene.nix.locked = { rev, locks: { nodes: { s: { locked: { type: 'path', path: '/enbi/secret' } } } } };
  await expect(scene.fetch()).rejects.toThrow('input "s" is the local place /enbi/secret');
  expect(scene.nix.calls).toEqual(['lock git+https://h/x']);
});

test.each([
  ['git://h/x?ref=main', 'h did not answer at port 9418 for 15 s'],
  ['git+https://h/x', 'h did not answer at port 443 for 15 s'],
  ['git+http://h:8080/x', 'h did not answer at port 8080 for 15 s'],
])('%s: a host that never answers is told before git waits for it', async (flakeUrl, message) => {
  const scene = aScene();
  scene.hosts.silent = true;
  const failure = { reason: 'NetworkUnreachable', message: expect.stringContaining(message) };
  await expect(scene.fetch({ flakeUrl })).rejects.toMatchObject(failure);
  expect(scene.nix.calls).toEqual([]);
});

test.each([
  ['ssh, which has a bound of its own', 'git+ssh://git@h/x'],
  ["Nix' own downloads, which have one", 'https://h/x.tar.gz'],
  ['a commit, which an older clone may have', `git://h/x?rev=${rev}`],
])('no answer is expected of %s', async (_, flakeUrl) => {
  const scene = aScene();
  scene.hosts.silent = true;
  scene.nix.locked = { rev, narHash, ref: 'refs/heads/main', locks: { nodes: {} } };
  expect((await scene.fetch({ flakeUrl })).lockedUrl).toContain('h/x');
});
