import { createHash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aLayer, sha256 } from '../../../test/support/images.ts';
import { imageJson, type LayerPathWish } from '../../../test/support/nix2container/image-json.ts';
import { inStore, storePath } from '../../../test/support/stream/stream-image.ts';
import { UserError } from '../../errors.ts';
import { noMemory } from '../memory/memory.ts';
import { openSource } from '../source/open-source.ts';
import { ReadCount } from '../source/read-count.ts';
import type { Source } from '../source/source.ts';
import { verifiedContent } from '../source/verified-content.ts';

let root: string;
let store: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'enbi-json-'));
  store = join(root, 'store');
  mkdirSync(store);
});
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, content: string | Buffer = name, mode = 0o444): string {
  const path = inStore(store, storePath(name));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

async function opened(json: Buffer): Promise<Source> {
  const path = put('image-app.json', json);
  const reading = { system: 'x86_64-linux', memory: noMemory, count: new ReadCount() };
  return openSource({ root: store, path, name: storePath('image-app.json') }, reading);
}

/** Holds an uncompressed layer against its digest, as the runtime does when it is sent. */
async function readAll({ layers }: Source): Promise<void> {
  for (const layer of layers) {
    const hash = createHash('sha256');
    for await (const chunk of verifiedContent(layer)) hash.update(chunk);
    if (`sha256:${hash.digest('hex')}` !== layer.digest) {
      throw new UserError('DigestMismatch', `the content of ${layer.digest} is another`);
    }
  }
}

const long = 'n'.repeat(70);
const plain = (name: string): LayerPathWish => ({ path: storePath(name) });
const toRoot = (name: string): LayerPathWish => ({
  path: storePath(name),
  options: { rewrite: { regex: `^${storePath(name)}`, repl: '' } },
});
const withPerms = (name: string, ...perms: object[]): LayerPathWish => ({ path: storePath(name), options: { perms } });

describe('layers have the very bytes nix2container writes', () => {
  // One test, since each run of Go's compiler takes its time.
  test('whatever the store paths hold, wherever they go, whoever they belong to', async () => {
    put('a/bin/run', 'x', 0o555);
    put('a/share/data', Buffer.alloc(2_500_000, 'data'));
    put('a/share/empty', '');
    for (const depth of [1, 2, 3, 8]) put(`a/${Array.from({ length: depth }, () => long).join('/')}/file`);
    for (const name of ['é', '😀', 'z', 'a-b', 'a.b/c', 'a/b', '.hidden', ' ']) put(`b/${name}`);
    symlinkSync('share/data', inStore(store, storePath('a/to-file')));
    symlinkSync('/nowhere', inStore(store, storePath('a/dangling')));
    symlinkSync(`${long}/${long}/é`, inStore(store, storePath('a/long')));
    linkSync(put('c/one'), inStore(store, storePath('c-two')));
    mkdirSync(inStore(store, storePath('empty')), { mode: 0o555 });
    put('etc/etc/passwd', 'root');
    put('bin/bin/sh', 'sh', 0o555);
    put('file');
    const all = { regex: '.*', mode: '0664', uid: 1000, gid: 100 };
    const layers = [
      [plain('a')],
      [plain('b'), plain('c'), plain('c-two'), plain('empty'), plain('file')],
      [toRoot('etc'), toRoot('bin')],
      [toRoot('bin'), plain('a')],
      [withPerms('a', all), plain('b')],
      [
        withPerms(
          'a',
          { ...all, regex: 'bin/.*', uname: 'app', gname: 'users', mode: '' },
          { ...all, regex: 'run$', orMode: '0200' },
        ),
      ],
      [withPerms('b', { ...all, regex: '^/nix/store/[a-z0-9]+-b/(z|a\\.b)', mode: '4755' })],
      [
        {
          path: storePath('etc'),
          options: { rewrite: { regex: `^${storePath('etc')}/etc`, repl: '/usr/share' }, perms: [all] },
        },
      ],
      // As includeStorePaths = false writes it: what went to the root stays.
      [{ ...toRoot('bin'), options: { ...toRoot('bin').options, ignoreDestination: '^/nix/store' } }],
      [{ ...plain('a'), options: { ignoreDestination: '^/nix/store' } }, plain('file')],
      [{ ...plain('a'), options: { ignoreDestination: '/share$|/run$' } }],
      [{ ...plain('b'), options: { ignoreDestination: '/a$', rewrite: { regex: '^/nix/store', repl: '/opt' } } }],
      [{ ...plain('b'), options: { ignoreDestination: '' } }],
      [],
    ];
    await using source = await opened(imageJson(store, layers));
    expect(source.layers.map(({ origin }) => origin)).toEqual(layers.map(() => 'made'));
    await readAll(source);
    expect(source.config).toMatchObject({ architecture: 'amd64', os: 'linux', config: { Cmd: ['/bin/true'] } });
    expect(source.config['history']).toHaveLength(layers.length);
  });

  test('and of a layer that is changed in the store none is taken', async () => {
    const file = put('a/file', 'before');
    const json = imageJson(store, [[plain('a')]]);
    chmodSync(file, 0o644);
    await using source = await opened(json);
    await expect(readAll(source)).rejects.toMatchObject({ reason: 'DigestMismatch' });
  });
});

describe('layers that lie in the store', () => {
  const layer = aLayer({ 'etc/base': 'base' });
  const jsonOf = (file: Buffer, more: object = {}) => {
    put('base/layer', file);
    const told = {
      digest: sha256(file),
      size: file.length,
      diff_ids: sha256(layer),
      'layer-path': `${storePath('base')}/layer`,
    };
    return Buffer.from(
      JSON.stringify({ version: 1, 'image-config': {}, layers: [{ ...told, ...more }], arch: 'arm64' }),
    );
  };

  test.each([
    ['plain', layer, 'none'],
    ['gzip', gzipSync(layer), 'gzip'],
  ])('are read as they are: %s', async (_, file, compression) => {
    await using source = await opened(jsonOf(file));
    expect(source.layers).toMatchObject([{ origin: 'read', digest: sha256(file), diffId: sha256(layer), compression }]);
    await readAll(source);
  });

  test.each([
    ['its size is not told, as of the layers of a base image', { size: 0 }],
    ['nothing but the layer is told', { size: null, History: null, paths: null }],
  ])('also where %s; the digest is checked', async (_, more) => {
    const file = gzipSync(layer);
    await using source = await opened(jsonOf(file, more));
    expect(source.layers).toMatchObject([{ digest: sha256(file), sizeBytes: file.length, compression: 'gzip' }]);
    await readAll(source);
    await using other = await opened(jsonOf(file, { ...more, digest: sha256(Buffer.from('x')) }));
    await expect(readAll(other)).rejects.toMatchObject({ reason: 'DigestMismatch' });
  });

  test.each<[string, object, string]>([
    ['outside of the store', { 'layer-path': '/etc/passwd' }, 'InvalidArchive'],
    ['by a way out of the store', { 'layer-path': '/nix/store/../../../../etc/passwd' }, 'InvalidArchive'],
    ['nowhere', { 'layer-path': storePath('gone') }, 'InvalidArchive'],
    ['with another size', { size: 7 }, 'DigestMismatch'],
    ['with another diff_id', { diff_ids: sha256(Buffer.from('x')) }, 'DigestMismatch'],
    ['not at all', { 'layer-path': undefined }, 'InvalidArchive'],
    ['not at all, for Go', { 'layer-path': null }, 'InvalidArchive'],
  ])('and not if they lie %s', async (_, more, reason) => {
    await expect(opened(jsonOf(layer, more))).rejects.toMatchObject({ reason });
  });
});

describe('what enbi cannot make the same is refused by name', () => {
  const one = (path: object) => {
    const digest = sha256(Buffer.alloc(1024));
    const told = { digest, size: 1024, diff_ids: digest, paths: [path] };
    return Buffer.from(JSON.stringify({ version: 1, 'image-config': {}, layers: [told] }));
  };
  const path = storePath('a');
  const perm = { regex: '.*', mode: '', uid: 0, gid: 0, uname: '', gname: '' };

  test.each<[string, object, RegExp]>([
    [
      'an option it does not know',
      { path, options: { ensureDirectories: ['x'] } },
      /malformed at layers.0.paths.0.options.*ensureDirectories/,
    ],
    ['a path it does not know', { tar: '/x', path }, /paths.0.*tar/],
    ['a path outside of the store', { path: '/etc' }, /paths.0.path/],
    ['a file below a store path', { path: `${path}/file` }, /paths.0.path/],
    ['a mode that is none', { path, options: { perms: [{ ...perm, mode: 'u+w' }] } }, /perms.0.mode/],
  ])('%s', async (_, wish, message) => {
    put('a/file');
    await expect(opened(one(wish))).rejects.toMatchObject({
      reason: 'InvalidArchive',
      message: expect.stringMatching(message),
    });
  });

  test.each<[string, object, RegExp]>([
    ['a class of letters', { perms: [{ ...perm, regex: '\\pL' }] }, /regular expression/],
    ['repetitions of a group', { perms: [{ ...perm, regex: '(a*)*$' }] }, /regular expression/],
    ['more repetitions than it has time for', { perms: [{ ...perm, regex: '.*.*.*.*.*$' }] }, /regular expression/],
    ['what is no regular expression', { perms: [{ ...perm, regex: '[' }] }, /regular expression/],
    ['a group in the replacement', { rewrite: { regex: '^/nix', repl: '/$1' } }, /replacement/],
    ['a destination above the root', { rewrite: { regex: '^/nix/store', repl: '/..' } }, /destination/],
    ['a destination that is not from the root on', { rewrite: { regex: '^/nix', repl: 'x' } }, /destination/],
  ])('%s, when the layer is needed', async (_, options, message) => {
    put('a/file');
    await using source = await opened(one({ path, options }));
    await expect(readAll(source)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  test('other JSON', async () => {
    await expect(opened(Buffer.from('{"a":1}'))).rejects.toMatchObject({ reason: 'NotAnImage' });
    await expect(opened(Buffer.from('{"a":'))).rejects.toMatchObject({ reason: 'NotAnImage' });
    await expect(opened(Buffer.from('{"version":2,"image-config":{},"layers":[]}'))).rejects.toMatchObject({
      reason: 'InvalidArchive',
    });
  });
});
