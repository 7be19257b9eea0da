import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiOf, bytesOf, compareText, pythonText } from './python-text.ts';

describe('names as Python sees them', () => {
  test('are any bytes there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(bytesOf(pythonText(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test.each([
    ['text', Buffer.from('é😀'), 'é😀'],
    ['a byte that begins nothing', Buffer.from([0x61, 0xff, 0x62]), 'a\udcffb'],
    ['a character cut short', Buffer.from([0xe2, 0x82, 0x28]), '\udce2\udc82('],
    ['half a pair in UTF-8', Buffer.from([0xed, 0xa0, 0x80]), '\udced\udca0\udc80'],
    ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x61]), '\ufeffa'],
  ])('of %s', (_, bytes, text) => {
    expect(pythonText(bytes)).toBe(text);
  });

  test('are compared by code points, not by halves of pairs', () => {
    const names = ['😀', '\uff21', '\udc80', '\ud7ff', 'a', 'ab', '\udc80b', 'é'];
    expect(names.toSorted(compareText)).toEqual(['a', 'ab', 'é', '\ud7ff', '\udc80', '\udc80b', '\uff21', '😀']);
  });

  test('in ASCII have a question mark for each other character', () => {
    expect(asciiOf('a-é-😀-\udcff')).toBe('a-?-?-?');
  });
});
