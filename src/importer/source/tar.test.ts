import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tarOf } from '../../../test/support/images.ts';
import { limits } from '../limits.ts';
import { StreamCursor } from './cursor.ts';
import { isTarHeader, type TarEntry, tarEntries } from './tar.ts';

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
      { name: 'a', kind: 'other', sizeBytes: 0 },
      { name: 'a/b', kind: 'file', sizeBytes: 7, position: 1024, head: Buffer.from('cont') },
      { name: 'link', kind: 'link', sizeBytes: 0 },
    ]);
  });

  test('reads long names as GNU and as pax write them', async () => {
    const name = `${'directory/'.repeat(20)}file`;
    expect(await entriesOf(tarOf([{ name, content: Buffer.from('x') }]))).toMatchObject([{ name, sizeBytes: 1 }]);
    expect(await entriesOf(withPax(`path=${name}`))).toMatchObject([{ name, kind: 'file', sizeBytes: 1 }]);
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

  test.each([
    [
      'more members than an image has',
      () => tarOf(Array.from({ length: limits.entries + 1 }, (_, at) => ({ name: `${at}` }))),
    ],
    ['a size larger than an image', () => withPax(`size=${2 ** 50}`)],
    ['a size that is no number', () => withPax('size=-1')],
    ['malformed attributes', () => withPax('path', 99)],
  ])('refuses %s', async (_, archive) => {
    await expect(entriesOf(archive())).rejects.toMatchObject({ reason: 'InvalidArchive' });
  });
});

test('a tar header is known by its checksum', () => {
  const archive = tarOf([{ name: 'a' }]);
  expect(isTarHeader(archive)).toBe(true);
  archive.write('b', 0);
  expect(isTarHeader(archive)).toBe(false);
  expect(isTarHeader(Buffer.from('#!/bin/sh\n'))).toBe(false);
});

/** A member of one byte with a pax attribute before it. */
function withPax(attribute: string, claimedLength?: number): Buffer {
  const rest = ` ${attribute}\n`;
  const length = [rest.length + 1, rest.length + 2, rest.length + 3].find((sum) => `${sum}${rest}`.length === sum);
  const record = Buffer.from(`${claimedLength ?? length}${rest}`);
  const pax = tarOf([{ name: 'pax', content: record }]).subarray(0, -1024);
  pax.write('x', 156);
  pax.write(checksumOf(pax), 148);
  return Buffer.concat([pax, tarOf([{ name: 'short', content: Buffer.from('1') }])]);
}

function checksumOf(header: Buffer): string {
  const sum = header.subarray(0, 512).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}
