import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tarOf } from '../../../test/support/images.ts';
import { archive, binarySize, gnuLong, member, paxHeader, paxRecord } from '../../../test/support/tar-writer.ts';
import { limits } from '../limits.ts';
import { StreamCursor } from './cursor.ts';
import { type TarEntry, tarEntries } from './tar.ts';
import { isTarHeader } from './tar-header.ts';

function entriesOf(archive: Buffer, chunkBytes = 700): Promise<TarEntry[]> {
  async function* chunks() {
    for (let at = 0; at < archive.length; at += chunkBytes) {
      yield archive.subarray(at, at + chunkBytes);
    }
  }
  return Array.fromAsync(tarEntries(new StreamCursor(chunks())));
}

describe('tarEntries', () => {
  test('tells name, size, place and first bytes of every member', async () => {
    const archive = tarOf([
      { name: './a/', kind: '5' },
      { name: './a/b', content: Buffer.from('content') },
      { name: 'link', kind: '2', linkTarget: 'a/b' },
    ]);
    expect(await entriesOf(archive)).toMatchObject([
      { name: 'a', kind: 'directory', sizeBytes: 0 },
      { name: 'a/b', kind: 'file', sizeBytes: 7, position: 1024, head: Buffer.from('content') },
      { name: 'link', kind: 'link', sizeBytes: 0, target: 'a/b' },
    ]);
  });

  test('reads long names as GNU and as pax write them', async () => {
    const name = `${'directory/'.repeat(20)}file`;
    expect(await entriesOf(tarOf([{ name, content: Buffer.from('x') }]))).toMatchObject([{ name, sizeBytes: 1 }]);
    const pax = archive(paxHeader([paxRecord('path', name)]), member({ name: 'short' }, 'x'));
    expect(await entriesOf(pax)).toMatchObject([{ name, kind: 'file', sizeBytes: 1 }]);
  });

  test('finds each member where it is, in archives of any shape and chunks of any size', async () => {
    const members = fc.array(
      fc.record({ name: fc.stringMatching(/^[a-z]{1,150}$/), content: fc.uint8Array({ maxLength: 2000 }) }),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(members, fc.integer({ min: 1, max: 3000 }), async (members, chunkBytes) => {
        const archive = tarOf(members.map(({ name, content }) => ({ name, content: Buffer.from(content) })));
        const found = await entriesOf(archive, chunkBytes);
        const read = found.map(({ name, position, sizeBytes }) => ({
          name,
          content: new Uint8Array(archive.subarray(position, position + sizeBytes)),
        }));
        expect(read).toEqual(members);
      }),
      { numRuns: 50 },
    );
  });

  test('never takes an archive that was cut for a whole one', async () => {
    const archive = tarOf([{ name: 'a', content: Buffer.alloc(3000, 'x') }, { name: 'b' }]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: archive.length - 1024 }), async (length) => {
        await expect(entriesOf(archive.subarray(0, length))).rejects.toMatchObject({ reason: 'InvalidArchive' });
      }),
      { numRuns: 50 },
    );
  });

  test('refuses bytes that are none, whatever they are, by name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (bytes) => {
        fc.pre(bytes.some((byte) => byte !== 0));
        await expect(entriesOf(Buffer.from(bytes))).rejects.toMatchObject({ reason: 'InvalidArchive' });
      }),
    );
  });

  test.each<[string, Buffer[]]>([
    ['a size in octal', [member({ name: 'a' }, 'x')]],
    ['a size in binary', [member({ name: 'a', size: binarySize(1) }, 'x')]],
    ['a size with blanks around', [member({ name: 'a', size: Buffer.from('        1 \0 ') }, 'x')]],
    ['a size that only pax tells', [paxHeader([paxRecord('size', '1')]), member({ name: 'a', size: 0 }, 'x')]],
    ['a name that only pax tells', [paxHeader([paxRecord('path', 'a')]), member({ name: 'b' }, 'x')]],
    [
      'other pax attributes',
      [paxHeader([paxRecord('mtime', '1.5'), paxRecord('mtime', '2')]), member({ name: 'a' }, 'x')],
    ],
    ['a comment for all', [paxHeader([paxRecord('comment', 'c')], 'g'), member({ name: 'a' }, 'x')]],
    ['GNU’s long name', [gnuLong('L', 'a'), member({ name: 'b', magic: 'gnu' }, 'x')]],
    ['no magic', [member({ name: 'a', magic: 'v7', flag: '\0' }, 'x')]],
    ['padding after the end', [member({ name: 'a' }, 'x'), Buffer.alloc(9000)]],
  ])('reads %s', async (_, parts) => {
    expect(await entriesOf(archive(...parts))).toMatchObject([{ name: 'a', kind: 'file', sizeBytes: 1 }]);
  });

  const a = member({ name: 'a' }, 'x');
  const pathTwice = [paxRecord('path', 'a'), paxRecord('path', 'b')];

  test.each<[string, Buffer, RegExp]>([
    ['a size that is no octal number', archive(member({ size: Buffer.from('00000000009\0') })), /malformed size/],
    ['a size with more behind its end', archive(member({ size: Buffer.from('1\0 777777777') })), /malformed size/],
    ['a negative size', archive(member({ size: binarySize(-512) })), /malformed size/],
    ['a binary size with bits above', archive(member({ size: spoilt(binarySize(1), 2, 1) })), /malformed size/],
    ['a binary size beyond numbers', archive(member({ size: binarySize(2n ** 60n) })), /malformed size/],
    ['a negative size in pax', archive(paxHeader([paxRecord('size', '-1')]), a), /malformed size/],
    ['two sizes', archive(paxHeader([paxRecord('size', '2')]), a), /two sizes, 1 and 2/],
    ['pax twice', archive(paxHeader([]), paxHeader([]), a), /attributes twice/],
    ['pax before GNU', archive(paxHeader([paxRecord('size', '0')]), gnuLong('L', 'b'), a), /attributes twice/],
    ['pax after GNU', archive(gnuLong('L', 'b'), paxHeader([paxRecord('path', 'c')]), a), /attributes twice/],
    ['GNU’s long name twice', archive(gnuLong('L', 'b'), gnuLong('L', 'c'), a), /attributes twice/],
    ['a pax attribute twice', archive(paxHeader(pathTwice), a), /path twice/],
    ['a size for all members', archive(paxHeader([paxRecord('size', '0')], 'g'), a), /for all its members/],
    ['a name for all members', archive(paxHeader([paxRecord('path', 'b')], 'g'), a), /for all its members/],
    ['a pax record longer than the rest', archive(paxHeader([Buffer.from('99 path=b\n')]), a), /malformed pax/],
    ['a pax record shorter than it is', archive(paxHeader([Buffer.from('5 path=b\n')]), a), /malformed pax/],
    ['a pax record of no length', archive(paxHeader([Buffer.from('0 path=b\n')]), a), /malformed pax/],
    ['a pax record without a key', archive(paxHeader([paxRecord('', 'b')]), a), /malformed pax/],
    ['a zero byte in a name', archive(paxHeader([paxRecord('path', 'a\0b')]), a), /zero byte/],
    ['a name that is empty', archive(paxHeader([paxRecord('path', '')]), a), /empty/],
    ['a name that is no text', archive(member({ name: Buffer.from([0xc3, 0x28]) }, 'x')), /not UTF-8/],
    ['a name that leads out', archive(member({ name: 'a/../../b' }, 'x')), /outside of itself/],
    ['GNU’s sparse file', archive(member({ name: 'a', flag: 'S', magic: 'gnu' }, 'x')), /of the kind "S"/],
    ['a sparse file as pax has it', archive(paxHeader([paxRecord('GNU.sparse.major', '1')]), a), /sparse/],
    ['a continued volume', archive(member({ name: 'a', flag: 'M', magic: 'gnu' }, 'x')), /of the kind "M"/],
    ['a link with content', archive(member({ name: 'a', flag: '1', linkTarget: 'b' }, 'x')), /link and has content/],
    ['a device with content', archive(member({ name: 'a', flag: '4' }, 'x')), /special and has content/],
    ['a directory with content', archive(member({ name: 'a/' }, 'x')), /directory and has content/],
    ['attributes of no member', archive(a, paxHeader([paxRecord('path', 'b')])), /not there/],
    ['one zero block', Buffer.concat([a, Buffer.alloc(512)]), /no end/],
    ['a zero block in between', archive(a, Buffer.alloc(512), a), /goes on after/],
    ['another archive behind', Buffer.concat([archive(a), archive(a)]), /goes on after its end/],
    ['a byte behind', Buffer.concat([archive(a), Buffer.alloc(100_000), Buffer.from('x')]), /goes on after its end/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(entriesOf(bytes)).rejects.toMatchObject({
      name: 'UserError',
      reason: 'InvalidArchive',
      message: expect.stringMatching(message),
    });
  });

  test.each<[string, () => Buffer, RegExp]>([
    [
      'more members',
      () => tarOf(Array.from({ length: limits.entries + 1 }, (_, at) => ({ name: `${at}` }))),
      /members/,
    ],
    ['a larger size', () => archive(paxHeader([paxRecord('size', `${2 ** 50}`)]), member({ size: 0 })), /larger/],
    ['a longer name', () => archive(gnuLong('L', 'n'.repeat(limits.nameBytes + 1)), a), /at most 4096/],
    [
      'larger attributes',
      () => archive(paxHeader([paxRecord('a', Buffer.alloc(limits.attributeBytes))]), a),
      /oversized/,
    ],
    [
      'more attributes',
      () => archive(...Array.from({ length: 20 }, () => paxHeader([paxRecord('a', Buffer.alloc(1e6))], 'g')), a),
      /oversized/,
    ],
  ])('refuses %s than an image has', async (_, bytes, message) => {
    const refused = { name: 'UserError', reason: 'ImageTooLarge', message: expect.stringMatching(message) };
    await expect(entriesOf(bytes(), 100_000)).rejects.toMatchObject(refused);
  });

  test('is not kept busy by a long row of slashes or zeros', async () => {
    const slashes = `${'/'.repeat(4000)}a`;
    expect(await entriesOf(archive(gnuLong('L', `b${slashes}`), a))).toMatchObject([{ name: `b${slashes}` }]);
    const zeros = archive(gnuLong('L', `${'\0'.repeat(limits.attributeBytes - 10)}a`), a);
    await expect(entriesOf(zeros, 1e6)).rejects.toMatchObject({ reason: 'ImageTooLarge' });
  });
});

test('a tar header is known by its checksum', () => {
  const archive = tarOf([{ name: 'a' }]);
  expect(isTarHeader(archive)).toBe(true);
  archive.write('b', 0);
  expect(isTarHeader(archive)).toBe(false);
  expect(isTarHeader(Buffer.from('#!/bin/sh\n'))).toBe(false);
});

function spoilt(bytes: Buffer, at: number, value: number): Buffer {
  const spoilt = Buffer.from(bytes);
  spoilt[at] = value;
  return spoilt;
}
