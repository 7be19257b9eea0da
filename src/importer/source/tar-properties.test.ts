import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  archive,
  binarySize,
  gnuLong,
  type HeaderFields,
  member,
  paxHeader,
  paxRecord,
} from '../../../test/support/tar-writer.ts';
import { StreamCursor } from './cursor.ts';
import { tarEntries } from './tar.ts';

/** Names and contents as the reader tells them, the bytes arriving in pieces of these lengths, over and over. */
async function membersOf(bytes: Buffer, lengths: readonly number[] = [bytes.length]): Promise<[string, string][]> {
  async function* pieces() {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const length = lengths[turn % lengths.length] ?? bytes.length;
      yield bytes.subarray(at, at + length);
      at += length;
    }
  }
  const entries = await Array.fromAsync(tarEntries(new StreamCursor(pieces())));
  return entries.map(({ name, position, sizeBytes }) => [
    name,
    bytes.toString('latin1', position, position + sizeBytes),
  ]);
}

/** No slashes at the ends and no dots alone: those are not part of a name. */
const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => !/[/\0]/.test(text) && !/^\.+$/.test(text) && text.isWellFormed());
const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join('/'));
const content = fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes));

interface Written {
  readonly name: string;
  readonly content: Buffer;
  readonly bytes: Buffer;
}

/** Every way in which a writer may say the same. */
const written: fc.Arbitrary<Written> = fc
  .record({
    name: path,
    content,
    way: fc.constantFrom('short', 'prefix', 'gnu', 'pax'),
    size: fc.constantFrom('octal', 'binary', 'pax'),
    extra: fc.array(fc.constantFrom('mtime', 'uid', 'SCHILY.xattr.user.x', 'LIBARCHIVE.creationtime'), {
      maxLength: 3,
    }),
  })
  .map(({ name, content, way, size, extra }) => {
    const fits = Buffer.byteLength(name) <= 100;
    const records = extra.map((key) => paxRecord(key, '1'));
    if (size === 'pax') records.push(paxRecord('size', `${content.length}`));
    if (way === 'pax' || !fits) records.push(paxRecord('path', name));
    const fields: HeaderFields = {
      ...namedBy(way, name),
      size: { octal: content.length, binary: binarySize(content.length), pax: 0 }[size],
    };
    // GNU's long names stand alone: no reader would know which of the two counts.
    const isGnu = way === 'gnu' && size !== 'pax' && extra.length === 0;
    const pax = records.length > 0 ? [paxHeader(records)] : [];
    const before = isGnu ? [gnuLong('L', name)] : pax;
    return { name, content, bytes: Buffer.concat([...before, member(fields, content)]) };
  });

function namedBy(way: string, name: string): HeaderFields {
  const slash = name.lastIndexOf('/');
  const bytes = Buffer.from(name);
  if (way === 'prefix' && slash > 0 && Buffer.byteLength(name.slice(0, slash)) <= 155 && bytes.length - slash <= 100) {
    return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
  }
  return { name: bytes.length <= 100 ? name : 'short', magic: way === 'gnu' ? 'gnu' : 'ustar' };
}

test('whatever a writer writes, in whatever pieces it comes, is read as it was meant', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 });
  const members = fc.uniqueArray(written, { maxLength: 6, selector: ({ name }) => name });
  await fc.assert(
    fc.asyncProperty(members, lengths, fc.nat(20_000), async (members, lengths, padding) => {
      const bytes = Buffer.concat([archive(...members.map(({ bytes }) => bytes)), Buffer.alloc(padding)]);
      const meant = members.map(({ name, content }) => [name, content.toString('latin1')]);
      expect(await membersOf(bytes, lengths)).toEqual(meant);
    }),
    { numRuns: 200 },
  );
});

const example = archive(
  member({ name: 'one' }, 'first'),
  paxHeader([paxRecord('path', 'two'), paxRecord('size', '700')]),
  member({ name: 'short', size: 0 }, Buffer.alloc(700, 'x')),
  gnuLong('L', 'three'),
  member({ name: 'short', magic: 'gnu', size: binarySize(3) }, 'end'),
  member({ name: 'four', flag: '2', linkTarget: 'one' }),
);

test('cut anywhere it is refused', async () => {
  for (let length = 0; length < example.length; length++) {
    await expect(membersOf(example.subarray(0, length))).rejects.toMatchObject({ reason: 'InvalidArchive' });
  }
});

describe('of one byte changed anywhere', () => {
  const whole = membersOf(example);

  test('in a header, it is refused, or is read as before', async () => {
    for (const at of headersOf(example)) {
      for (const byte of [0, 0x20, 0x30, 0x31, 0x37, 0x80, 0xff]) {
        expect(await membersOrReason(changed(example, at, byte))).toBeOneOf([await whole, 'refused']);
      }
    }
  });

  test('in a length or a name before a header, it is refused, or is another name or size at most', async () => {
    const names = (members: readonly [string, string][]) => members.map(([name]) => name);
    const at = example.indexOf('path=two') - 4;
    for (let offset = 0; offset < 30; offset++) {
      for (let byte = 0; byte < 256; byte += 3) {
        const found = await membersOrReason(changed(example, at + offset, byte));
        if (found === 'refused') continue;
        expect(names(found)).toHaveLength(4);
        expect(names(found)).toEqual(expect.arrayContaining(['one', 'three', 'four']));
      }
    }
  });
});

test('anything behind the end but zeros is refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(3000), fc.uint8Array({ minLength: 1, maxLength: 600 }), async (zeros, behind) => {
      fc.pre(behind.some((byte) => byte !== 0));
      const bytes = Buffer.concat([example, Buffer.alloc(zeros), behind]);
      await expect(membersOf(bytes)).rejects.toMatchObject({ reason: 'InvalidArchive' });
    }),
  );
});

async function membersOrReason(bytes: Buffer): Promise<[string, string][] | 'refused'> {
  try {
    return await membersOf(bytes);
  } catch (thrown) {
    expect(thrown).toMatchObject({
      name: 'UserError',
      reason: expect.stringMatching(/^(InvalidArchive|ImageTooLarge)$/),
    });
    return 'refused';
  }
}

function changed(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = byte;
  return copy;
}

/** Every byte of the headers that stand where the example has them. */
function headersOf(bytes: Buffer): number[] {
  const begins = [0];
  for (let at = 512; at < bytes.length - 1024; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) === 'ustar') begins.push(at);
  }
  expect(begins.length).toBe(6);
  return begins.flatMap((begin) => Array.from({ length: 512 }, (_, at) => begin + at));
}
