import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import { formatPackageName, parsePackageName, parseSystem } from './flake-reference.ts';

test.each([
  ['default', ['default']],
  ['chog-docker.stream-layered', ['chog-docker', 'stream-layered']],
  ['_a.b_c', ['_a', 'b_c']],
  ["x'", ["x'"]],
  ['7zip', ['7zip']],
  ['"python3.12".image', ['python3.12', 'image']],
])('reads %s', (text, expected) => expect(parsePackageName(text)).toEqual(expected));

test.each([
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  '-a',
  'a b',
  'a#b',
  'a^out',
  'a/b',
  '$(X)',
  'a"b"',
  '"a',
  '""',
  '12',
  'a.0',
  'ä',
  'a\n',
  '*',
  'a'.repeat(513),
])('refuses %j', (text) => expect(() => parsePackageName(text)).toThrow('packageName'));

test('formatting and parsing agree', () => {
  const segment = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_'.+-]{0,10}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (path) => {
      expect(parsePackageName(formatPackageName(path))).toEqual(path);
    }),
  );
});

test('no text does anything but pass into a safe grammar or be refused by its name', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', '9', '_', '-', '.', '"', "'", '+', ' ', '$', '^', '#', '\n', 'ä') }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const name = accepted(() => formatPackageName(parsePackageName(text)));
      if (name !== undefined) expect(name).toMatch(/^[A-Za-z0-9_"][A-Za-z0-9_'"+.-]*$/);
      if (name !== undefined) expect(formatPackageName(parsePackageName(name))).toBe(name);
      const system = accepted(() => parseSystem(text));
      if (system !== undefined) expect(system).toMatch(/^[a-z0-9_]+-linux$/);
    }),
    { numRuns: 2000 },
  );
});

function accepted(parse: () => string): string | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ reason: 'InvalidPackageName', message: expect.stringMatching(/^[\x20-\x7e…]+$/) });
    return undefined;
  }
}

test.each(['x86_64-linux', 'aarch64-linux', 'armv7l-linux', 'riscv64-linux'])('takes the system %s', (text) =>
  expect(parseSystem(text)).toBe(text),
);
test.each(['', 'x86_64', 'x86_64-darwin', '-linux', 'x86_64-linux.a', 'X-linux', '$(A)-linux'])(
  'refuses the system %j',
  (text) => expect(() => parseSystem(text)).toThrow('system'),
);
