import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { parseStrictJson } from './strict-json.ts';

function parse(text: string | Buffer): unknown {
  return parseStrictJson('the text', Buffer.from(text));
}

test('JSON is read as it is, and would be written as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/__proto__|\d{16}|e\+/.test(text));
      expect(JSON.stringify(parse(text))).toBe(text);
    }),
  );
});

test.each<[string, string | Buffer, RegExp]>([
  ['no JSON', '{', /is not JSON/],
  ['nothing', '', /is not JSON/],
  ['a byte order mark', '\ufeff{}', /is not JSON/],
  ['bytes that are no text', Buffer.from([0x22, 0xff, 0x22]), /is not UTF-8/],
  ['a prototype', '{"a":{"__proto__":{"b":1}}}', /has a key __proto__/],
  ['a prototype in other letters', '{"\\u005f_proto__":1}', /has a key __proto__/],
  ['a number without end', '{"a":1e999}', /too large/],
  ['a number that would change', '[9007199254740993]', /too large/],
])('refuses %s', (_, text, message) => {
  const refused = expect.objectContaining({ reason: 'InvalidArchive', message: expect.stringMatching(message) });
  expect(() => parse(text)).toThrow(refused);
});

test.each(['[', '{"a":'])('refuses what is nested deeper than anybody reads: %s', (open) => {
  const close = open === '[' ? ']' : '}';
  const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
  expect(() => parse(nested(limits.documentDepth))).not.toThrow();
  const refused = expect.objectContaining({ reason: 'ImageTooLarge' });
  expect(() => parse(nested(limits.documentDepth + 1))).toThrow(refused);
  expect(() => parse(open.repeat(1_000_000))).toThrow(refused);
});

test('brackets in texts are no nesting', () => {
  const text = JSON.stringify(['['.repeat(1000), '\\"[['.repeat(100)]);
  expect(JSON.stringify(parse(text))).toBe(text);
});
