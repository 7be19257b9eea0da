import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aLayer, anImage, dockerArchiveOf, layoutOf, tarOf } from '../../../test/support/images.ts';
import {
  aStreamScript,
  inStore,
  runReference,
  type StreamWishes,
  storePath,
} from '../../../test/support/stream/stream-image.ts';
import { noMemory } from '../memory/memory.ts';
import { openSource } from '../source/open-source.ts';
import { ReadCount } from '../source/read-count.ts';
import type { Source } from '../source/source.ts';
import { verifiedContent } from '../source/verified-content.ts';
import { whyRun } from './base-image.ts';
import { readStreamScript } from './stream-script.ts';

let root: string;
let store: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'enbi-stream-'));
  store = join(root, 'store');
  mkdirSync(store);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A file of a store path, its directories made; `name` is where the store path is a file itself. */
function put(name: string | Buffer, content: string | Buffer = '', mode = 0o444): Buffer {
  const path = Buffer.concat([Buffer.from(inStore(store, storePath(''))), Buffer.from(name)]);
  mkdirSync(parentOf(path), { recursive: true });
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
  return path;
}

function parentOf(path: Buffer): Buffer {
  return path.subarray(0, path.lastIndexOf('/'));
}

function link(name: string, target: string): void {
  const path = Buffer.from(inStore(store, storePath(name)));
  mkdirSync(parentOf(path), { recursive: true });
  symlinkSync(target, path);
}

const reading = () => ({ system: 'x86_64-linux', memory: noMemory, count: new ReadCount() });

async function opened(path: string): Promise<Source> {
  return openSource({ root: store, path: inStore(store, path), name: path }, reading());
}

/** What enbi reads of the script, and what comes out when it is run. */
async function bothWays(wishes: StreamWishes) {
  const script = await opened(await aStreamScript(store, wishes));
  const archive = storePath('reference.tar');
  await writeFile(inStore(store, archive), runReference(store));
  return { read: await described(script), run: await described(await opened(archive)) };
}

async function described(source: Source) {
  await using opened = source;
  for (const layer of opened.layers) {
    for await (const chunk of verifiedContent(layer)) void chunk;
  }
  const layers = opened.layers.map(({ diffId, sizeBytes }) => ({ diffId, sizeBytes }));
  return { config: JSON.stringify(opened.config), layers };
}

const long = 'n'.repeat(80);

describe('a layer has the very bytes the script writes', () => {
  test.each<[string, () => readonly (readonly string[])[]]>([
    [
      'of plain files, with whatever permissions',
      () => {
        put('a/bin/run', '#!/bin/sh\n', 0o555);
        put('a/share/data', 'data', 0o444);
        put('a/share/private', 'x', 0o640);
        put('a/share/set', 'x', 0o4755);
        return [['a']];
      },
    ],
    [
      'of sizes about a block',
      () => {
        for (const size of [0, 1, 511, 512, 513, 1024, 10_240, 1_048_575, 1_048_576, 1_048_577, 3_000_000]) {
          put(`a/${size}`, randomBytes(size));
        }
        return [['a']];
      },
    ],
    [
      'of files with holes',
      () => {
        truncateSync(put('a/sparse', 'x', 0o644), 5_000_000);
        return [['a']];
      },
    ],
    [
      'of names that do not fit a header',
      () => {
        for (const depth of [1, 2, 3, 4, 12]) put(`a/${Array.from({ length: depth }, () => long).join('/')}/file`, 'x');
        for (const length of [40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58]) {
          put(`b/${'d'.repeat(length)}/x`, 'x');
          put(`b/${'f'.repeat(length)}`, 'x');
        }
        put(`c/${'n'.repeat(255)}`, 'x');
        return [['a', 'b', 'c']];
      },
    ],
    [
      'of names beyond ASCII, in the order Python has them',
      () => {
        for (const name of [
          'é',
          'e\u0301',
          'ß',
          '日本語',
          '😀',
          '\uff21',
          '\ue000',
          'z',
          '~',
          ' ',
          "'",
          '"',
          '\\',
          '\n',
        ]) {
          put(`a/${name}`, name);
          put(`a/d${name}/${name}`, name);
        }
        return [['a']];
      },
    ],
    [
      'of names that are no text',
      () => {
        for (const name of [
          [0xff],
          [0xe2, 0x82],
          [0xed, 0xa0, 0x80],
          [0xc0, 0x80],
          [0x41, 0x80, 0xc3, 0xa9],
          [0xf4, 0x90],
        ]) {
          put(Buffer.concat([Buffer.from('a/n'), Buffer.from(name)]), 'x');
          put(Buffer.concat([Buffer.from('a/d'), Buffer.from(name), Buffer.from('/x')]), 'x');
        }
        put('a/n\ue000', 'x');
        put('a/n😀', 'x');
        return [['a']];
      },
    ],
    [
      'of names that sort by their parts',
      () => {
        for (const name of ['a', 'a.b/c', 'a-b', 'a b', 'ab/c', 'a0', '.hidden/x', '.a', 'A', 'B/x']) put(`x/${name}`);
        put('x/c/b', 'x');
        put('x/c.d', 'x');
        put('x/c-d', 'x');
        return [['x']];
      },
    ],
    [
      'of links, which are not followed',
      () => {
        put('a/dir/file', 'x');
        link('a/to-file', 'dir/file');
        link('a/to-directory', 'dir');
        link('a/out', '/etc');
        link('a/dangling', '../nowhere');
        link('a/long', `${long}/${long}/${long}`);
        link('a/unicode', 'ziel-é-😀');
        link('b', storePath('a'));
        link('c', '/nowhere');
        return [['a', 'b'], ['c']];
      },
    ],
    [
      'of hard links, each a file of its own',
      () => {
        const first = put('a/one', randomBytes(5000));
        mkdirSync(inStore(store, storePath('b')));
        for (const name of ['a/two', 'b/three']) linkSync(first, inStore(store, storePath(name)));
        return [['a', 'b']];
      },
    ],
    [
      'of a store path that is a file, of one that is an empty directory',
      () => {
        put('file', 'x', 0o444);
        mkdirSync(inStore(store, storePath('empty')), { mode: 0o555 });
        return [['file', 'empty']];
      },
    ],
    ['of no store path, and of no layer', () => [[]]],
    ['without store paths (includeStorePaths = false)', () => []],
  ])('%s', async (_, prepare) => {
    const { read, run } = await bothWays({ layers: prepare() });
    expect(read).toEqual(run);
  });

  test.each([1, 40, 126])('in an image of %d layers and the customisation layer', async (count) => {
    const names = Array.from({ length: count }, (_, at) => `path-${at}`);
    for (const name of names) put(`${name}/file`, name);
    const { read, run } = await bothWays({ layers: names.map((name) => [name]) });
    expect(read.layers).toHaveLength(count + 1);
    expect(read).toEqual(run);
  });

  test('with a customisation layer whose files belong to somebody', async () => {
    put('a/file', 'x');
    mkdirSync(join(root, 'files/home'), { recursive: true });
    writeFileSync(join(root, 'files/home/file'), 'x');
    const owners = ['--sort=name', '--numeric-owner', '--owner=4242', '--group=4343', '--mtime=@1'];
    const customisation = execFileSync('tar', [...owners, '-C', join(root, 'files'), '-cf', '-', '.']);
    const { read, run } = await bothWays({ layers: [['a']], customisation });
    expect(read).toEqual(run);
  });

  test.each<[string, Record<string, unknown>]>([
    ['another owner', { uid: '1000', gid: '100', uname: 'app', gname: 'users' }],
    ['an owner in numbers', { uid: 1000, gid: 100 }],
    ['an owner that does not fit a header', { uid: '4294967294', gid: '2097152' }],
    ['a long name of an owner', { uname: 'u'.repeat(32), gname: 'g'.repeat(31) }],
    ['another time', { mtime: '2024-02-29T12:34:56+02:00', created: '2023-01-01T00:00:00Z' }],
    ['a time before 1970', { mtime: '1969-12-31T23:00:00+00:00' }],
    ['a time far ahead', { mtime: '2300-01-01T00:00:00+00:00', created: '9999-12-31T23:59:59-11:30' }],
    [
      'a fraction of a second',
      { created: '2024-01-01T00:00:00.250000+00:00', mtime: '2024-01-01T00:00:00.999999+00:00' },
    ],
    [
      'the keys of older versions',
      { mtime: undefined, uid: undefined, gid: undefined, uname: undefined, gname: undefined },
    ],
    ['no settings', { config: {} }],
    [
      'many settings',
      { config: { Env: ['A=1', 'B=é', 'A=2'], Labels: { a: 'b' }, ExposedPorts: { '80/tcp': {} }, User: '0' } },
    ],
  ])('with %s', async (_, conf) => {
    put('a/file', 'x');
    const { read, run } = await bothWays({ layers: [['a']], conf });
    expect(read).toEqual(run);
  });

  test('and says which it reads', async () => {
    for (const name of ['a', 'b']) put(`${name}/file`, 'x');
    const told: string[] = [];
    const script = await aStreamScript(store, { layers: [['a'], ['b']] });
    const place = { root: store, path: inStore(store, script), name: script };
    await using _ = await openSource(place, { ...reading(), tell: (progress) => told.push(progress) });
    expect(told).toEqual(['reading layer 1 of 2', 'reading layer 2 of 2']);
  });

  test('of now', async () => {
    put('a/file', 'x');
    const { read, run } = await bothWays({ layers: [['a']], conf: { created: 'now' } });
    expect(read.layers).toEqual(run.layers);
    expect(JSON.parse(read.config).created).toMatch(/^20\d\d-.*\.\d{6}\+00:00$/);
  });
});

describe('an image upon another', () => {
  const settings = { Env: ['PATH=/bin', 'BASE=1', 'BOTH=base'], Entrypoint: ['/base'], Labels: { base: 'yes' } };
  const base = () => {
    const image = anImage({ layers: [aLayer({ 'etc/base': 'x' }), aLayer({ 'etc/second': 'y' })] });
    const config = { ...JSON.parse(image.config.toString()), config: settings };
    return dockerArchiveOf({ ...image, config: Buffer.from(JSON.stringify(config)) });
  };

  test.each<[string, (archive: Buffer) => Buffer]>([
    ['plain', (archive) => archive],
    ['gzip', gzipSync],
  ])('that is a %s archive keeps its layers and its environment', async (_, pack) => {
    put('a/file', 'x');
    put('base.tar', pack(base()));
    for (const config of [{ Cmd: ['/x'] }, { Env: ['BOTH=own', 'OWN=1'], Cmd: ['/x'] }]) {
      const conf = { config, from_image: storePath('base.tar') };
      const { read, run } = await bothWays({ layers: [['a']], conf });
      expect(read.layers).toHaveLength(4);
      expect(read).toEqual(run);
    }
  });
});

describe('an image upon another, as the script reads it', () => {
  const [one, two] = [aLayer({ 'etc/one': '1' }), aLayer({ 'etc/two': '2' })];
  const image = anImage({ layers: [one, two, two] });
  const config = { name: 'c.json', content: image.config };
  const layers = [
    { name: '0/layer.tar', content: one },
    { name: '1/layer.tar', content: two },
  ];
  const manifest = (...others: readonly object[]) => {
    const first = { Config: 'c.json', Layers: ['0/layer.tar', '1/layer.tar', '2/layer.tar'] };
    return { name: 'manifest.json', content: Buffer.from(JSON.stringify([first, ...others])) };
  };
  const link = (kind: '1' | '2', linkTarget: string) => ({ name: '2/layer.tar', kind, linkTarget });
  const layout = [...layoutOf(anImage())].map(([name, content]) => ({ name, content }));

  test.each<[string, Buffer]>([
    ['has a symbolic link for a layer', tarOf([...layers, link('2', '../1/layer.tar'), config, manifest()])],
    ['has a hard link for a layer', tarOf([...layers, link('1', '1/layer.tar'), config, manifest()])],
    [
      'holds another image behind it',
      tarOf([...layers, link('2', '../1/layer.tar'), config, manifest({ Config: 'none', Layers: [] })]),
    ],
    ['is an OCI layout as well', tarOf([...layers, link('2', '../1/layer.tar'), config, manifest(), ...layout])],
  ])('that %s', async (_, archive) => {
    put('a/file', 'x');
    for (const pack of [(bytes: Buffer) => bytes, gzipSync]) {
      put('base.tar', pack(archive), 0o644);
      const { read, run } = await bothWays({ layers: [['a']], conf: { from_image: storePath('base.tar') } });
      expect(read.layers).toHaveLength(5);
      expect(read).toEqual(run);
    }
  });

  const packed = (module: string, bytes: Buffer) => {
    const program = `import sys, ${module}; sys.stdout.buffer.write(${module}.compress(sys.stdin.buffer.read()))`;
    return execFileSync('python3', ['-c', program], { input: bytes });
  };
  const plain = dockerArchiveOf(anImage({ layers: [one] }));

  test.each<[string, () => Buffer, RegExp]>([
    ['is in xz', () => packed('lzma', plain), /base image .*-base.tar cannot be read: it is compressed with xz$/],
    ['is in bzip2', () => packed('bz2', plain), /it is compressed with bzip2$/],
    [
      'has the labels of a runtime, which the script leaves out',
      () => dockerArchiveOf(anImage({ labels: { 'io.kubernetes.x': '' } })),
      /cannot be read: the image config has a label io.kubernetes.x/,
    ],
    [
      'has a layer that is another one behind it',
      () => tarOf([...layers, { name: '0/layer.tar', content: Buffer.concat([one, one]) }, config, manifest()]),
      /two members 0\/layer.tar that are not the same/,
    ],
  ])('is left to a run of it where the base %s, and why is told', async (_, archive, message) => {
    put('a/file', 'x');
    put('base.tar', archive());
    const name = await aStreamScript(store, { layers: [['a']], conf: { from_image: storePath('base.tar') } });
    const place = { root: store, path: inStore(store, name), name };
    const script = await readStreamScript(place);
    expect(script && (await whyRun(place, script, reading()))).toMatch(message);
    await expect(opened(name)).rejects.toThrow(message);
  });

  test('and is not where there is no reason to', async () => {
    put('a/file', 'x');
    put('base.tar', plain);
    for (const base of [null, storePath('base.tar')]) {
      const name = await aStreamScript(store, { layers: [['a']], conf: { from_image: base } });
      const place = { root: store, path: inStore(store, name), name };
      const script = await readStreamScript(place);
      expect(script && (await whyRun(place, script, reading()))).toBe(undefined);
      expect(script).toBeDefined();
    }
  });
});

describe('a program is read as a stream script only when nothing is uncertain', () => {
  test.each<[string, StreamWishes]>([
    ['an older wrapper', { wrapper: wrapped((p, c) => `exec "${p}"  ${c} "\${extraFlagsArray[@]}" "$@" `) }],
    ['a wrapper that keeps its name', { wrapper: wrapped((p, c) => `exec -a "$0" "${p}"  ${c} "$@" `) }],
    ['a program of older versions', { program: (text) => text.replaceAll('0o755', '0o0555') }],
  ])('%s', async (_, wishes) => {
    put('a/file', 'x');
    await using source = await opened(await aStreamScript(store, { layers: [['a']], ...wishes }));
    expect(source.layers.map(({ origin }) => origin)).toEqual(['made', 'read']);
  });

  test.each<[string, StreamWishes]>([
    ['a wrapper that does more', { wrapper: wrapped((p, c) => `export A=1\nexec "${p}" ${c} "$@"`) }],
    ['a wrapper with more arguments', { wrapper: wrapped((p, c) => `exec "${p}" --repo_tag x ${c} "$@"`) }],
    ['a wrapper with a pipe', { wrapper: wrapped((p, c) => `exec "${p}" ${c} "$@" | gzip`) }],
    ['a wrapper with a second command', { wrapper: wrapped((p, c) => `exec "${p}" ${c} "$@"; rm x`) }],
    ['a wrapper of another program', { wrapper: wrapped((_, c) => `exec "${storePath('other')}" ${c} "$@"`) }],
    ['a wrapper of a program elsewhere', { wrapper: wrapped((_, c) => `exec "/tmp/x-stream" ${c} "$@"`) }],
    ['a conf elsewhere', { wrapper: wrapped((p) => `exec "${p}" /etc/x-conf.json "$@"`) }],
    ['a conf that leads out of the store', { wrapper: wrapped((p) => `exec "${p}" /nix/store/../x-conf.json "$@"`) }],
    ['a conf that is not there', { wrapper: wrapped((p) => `exec "${p}" ${storePath('no-conf.json')} "$@"`) }],
    ['a program for an older Python', { program: (text) => text.replace('python3-3.13.7', 'python3-3.8.20') }],
    ['a program for a Python to come', { program: (text) => text.replace('python3-3.13.7', 'python3-3.15.0') }],
    ['a program that keeps hard links', { program: (text) => text.replaceAll('islnk', 'isother') }],
    ['a program with other permissions', { program: (text) => text.replaceAll('0o755', '0o700') }],
    ['an empty program', { program: () => '' }],
    ['a key it does not know', { conf: { compressor: 'zstd' } }],
    ['a key that is missing', { conf: { customisation_layer: undefined } }],
    ['another store', { conf: { store_dir: '/gnu/store' } }],
    ['a path outside of the store', { conf: { store_layers: [['/etc']] } }],
    ['a file below a store path', { conf: { store_layers: [[`${storePath('a')}/file`]] } }],
    ['a time without a zone', { conf: { mtime: '2024-01-01T00:00:00' } }],
    ['a time in words', { conf: { created: 'yesterday' } }],
    ['an owner in words', { conf: { uid: 'root' } }],
  ])('and not with %s', async (_, wishes) => {
    put('a/file', 'x');
    const script = await aStreamScript(store, { layers: [['a']], ...wishes });
    await expect(opened(script)).rejects.toMatchObject({ reason: 'NotAnImage' });
  });

  function wrapped(line: (program: string, conf: string) => string) {
    return (program: string, conf: string) => `#!${storePath('bash')}/bin/bash -e\n${line(program, conf)}\n`;
  }
});

describe('a store that is not as it should be is refused by name', () => {
  test.each<[string, () => StreamWishes, RegExp]>([
    ['a store path that is missing', () => ({ layers: [['gone']] }), /gone.* is not in the store/],
    [
      'a pipe',
      () => {
        put('a/file');
        execFileSync('mkfifo', [inStore(store, storePath('a/pipe'))]);
        return { layers: [['a']] };
      },
      /a\/pipe is neither a file nor a directory nor a link/,
    ],
  ])('%s', async (_, wishes, message) => {
    const script = await aStreamScript(store, wishes());
    await expect(opened(script)).rejects.toMatchObject({
      reason: 'InvalidArchive',
      message: expect.stringMatching(message),
    });
  });

  test('directories without end', async () => {
    put(`a/${'d/'.repeat(300)}file`);
    const script = await aStreamScript(store, { layers: [['a']] });
    const message = expect.stringMatching(/more than 256 deep/);
    await expect(opened(script)).rejects.toMatchObject({ reason: 'ImageTooLarge', message });
  });

  test('files with more holes than an image may be large, before they are read', async () => {
    truncateSync(put('a/huge', '', 0o644), 70 * 1024 ** 3);
    const script = await aStreamScript(store, { layers: [['a']] });
    await expect(opened(script)).rejects.toMatchObject({ reason: 'ImageTooLarge' });
  });

  test('a label of the runtime’s own', async () => {
    const config = { Labels: { 'containerd.io/restart.status': 'running' } };
    const script = await aStreamScript(store, { conf: { config } });
    await expect(opened(script)).rejects.toMatchObject({ reason: 'ReservedLabel' });
  });

  test('links that the tenant puts in the way are packed as links, never followed', async () => {
    put('a/file', 'x');
    symlinkSync('/etc', inStore(store, storePath('b')));
    const { read, run } = await bothWays({ layers: [['a', 'b']] });
    expect(read).toEqual(run);
  });
});
