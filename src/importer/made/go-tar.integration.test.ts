import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { goHeader } from './go-tar.ts';
import { bytesOf, pythonText } from './python-text.ts';
import type { Ownership, TarMember } from './tar-member.ts';

const reference = new URL('../../../test/support/nix2container/headers.go', import.meta.url).pathname;

const part = fc.oneof(
  { arbitrary: fc.stringMatching(/^[a-z0-9-]{1,60}$/), weight: 6 },
  { arbitrary: fc.stringMatching(/^[a-zé😀]{1,30}$/u), weight: 1 },
  {
    arbitrary: fc.uint8Array({ min: 0x30, minLength: 1, maxLength: 12 }).map((bytes) => pythonText(Buffer.from(bytes))),
    weight: 1,
  },
);
const name = fc.array(part, { minLength: 1, maxLength: 9 }).map((parts) => `/${parts.join('/')}`);
const target = fc.tuple(fc.array(fc.oneof(part, fc.constantFrom('', '..')), { minLength: 1, maxLength: 9 }), fc.nat(1));

const around = (...values: number[]) => fc.constantFrom(...values.flatMap((value) => [value - 1, value, value + 1]));

const member: fc.Arbitrary<TarMember & Ownership> = fc
  .record({
    name,
    kind: fc.constantFrom('file' as const, 'directory' as const, 'link' as const),
    mode: fc.nat(0o7777),
    sizeBytes: fc.oneof(fc.nat(), around(8 ** 11, 2 ** 40)),
    target: target.map(([parts, absolute]) => `${absolute === 1 ? '/' : ''}${parts.join('/')}`),
    uid: fc.oneof(fc.nat(1000), around(8 ** 7)),
    gid: fc.oneof(fc.nat(1000), around(8 ** 7)),
    uname: fc.oneof(fc.constant('root'), fc.stringMatching(/^[a-zé]{0,40}$/)),
    gname: fc.oneof(fc.constant('root'), fc.stringMatching(/^[a-zé]{0,40}$/)),
    mtime: fc.constant(1),
  })
  .map((each) => (each.kind === 'link' ? { ...each, sizeBytes: 0 } : { ...each, target: '' }))
  .map((each) => (each.kind === 'directory' ? { ...each, sizeBytes: 0 } : each));

test('headers are those of Go’s archive/tar, whatever a member is called and holds', () => {
  const ascii = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: 1, mode: 0o444, sizeBytes: 7, target: '' };
  const lengths = Array.from({ length: 300 }, (_, at) => at + 1);
  const members: (TarMember & Ownership)[] = [
    ...fc.sample(member, { numRuns: 3000, seed: 20261123 }),
    ...lengths.map((length) => ({ ...ascii, kind: 'file' as const, name: `/${'x'.repeat(length)}` })),
    ...lengths.map((length) => ({
      ...ascii,
      kind: 'file' as const,
      name: `/nix/store/${'x'.repeat(length)}/${'y'.repeat(60)}`,
    })),
    ...lengths.map((length) => ({
      ...ascii,
      kind: 'link' as const,
      name: '/x',
      sizeBytes: 0,
      target: `${'t'.repeat(length)}//u`,
    })),
  ];
  const input = members.map(inBase64).join('\n');
  const options = { input, maxBuffer: 1e9, env: { ...process.env, GO111MODULE: 'off', CGO_ENABLED: '0' } };
  const wanted = execFileSync('go', ['run', reference], options).toString().trim().split('\n');
  expect(wanted).toHaveLength(members.length);
  for (const [at, each] of members.entries()) {
    expect([each, goHeader(each, each).toString('hex')]).toEqual([each, wanted[at]]);
  }
});

function inBase64(each: TarMember & Ownership): string {
  const base64 = (text: string) => bytesOf(text).toString('base64');
  return JSON.stringify({ ...each, name: base64(each.name), target: base64(each.target) });
}
