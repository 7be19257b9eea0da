import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { reference } from '../../../test/support/stream/stream-image.ts';
import { pythonHeader } from './python-tar.ts';
import { pythonText } from './python-text.ts';
import type { Ownership, TarMember } from './tar-member.ts';

/** From very short to beyond every field, of ASCII, of any characters, of bytes that are no text. */
const name = fc
  .array(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' }),
      fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).map((text) => text.toWellFormed()),
      fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => pythonText(Buffer.from(bytes))),
    ),
    { minLength: 1, maxLength: 8 },
  )
  // Python ends a name at a zero byte nowhere, but no file has one.
  .map((parts) => `/${parts.join('/').replaceAll('\0', '')}x`);

const around = (...values: number[]) => fc.constantFrom(...values.flatMap((value) => [value - 1, value, value + 1]));

const member: fc.Arbitrary<TarMember & Ownership> = fc.record({
  name,
  kind: fc.constantFrom('file', 'directory', 'link'),
  mode: fc.nat(0o7777),
  sizeBytes: fc.oneof(fc.nat(), around(8 ** 11, 2 ** 33, 2 ** 40)),
  target: fc.oneof(fc.constant(''), name),
  uid: fc.oneof(fc.nat(), around(8 ** 7, 2 ** 32 - 2)),
  gid: fc.oneof(fc.nat(), around(8 ** 7)),
  uname: fc.string({ maxLength: 40, unit: 'grapheme-ascii' }),
  gname: fc.string({ maxLength: 40, unit: 'grapheme' }),
  mtime: fc.oneof(fc.integer(), around(1, 8 ** 11)),
});

/** Sizes of 8 GiB and more too, which nobody wants to read. */
test('headers are those of Python’s tarfile, whatever a member is called and holds', () => {
  const members = fc.sample(member, { numRuns: 3000, seed: 20261123 });
  const input = members.map((each) => JSON.stringify(each)).join('\n');
  const wanted = execFileSync('python3', [reference, '--headers'], { input, maxBuffer: 1e9 })
    .toString()
    .trim()
    .split('\n');
  expect(wanted).toHaveLength(members.length);
  for (const [at, each] of members.entries()) {
    expect([each, pythonHeader(each, each).toString('hex')]).toEqual([each, wanted[at]]);
  }
});
