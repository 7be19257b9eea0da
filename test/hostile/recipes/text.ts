import type { Random } from '../random.ts';
import { recipes } from '../recipe.ts';

/** What can be wrong with any document before it is one. */
const table: Readonly<Record<string, (text: Buffer, random: Random) => Buffer>> = {
  'cut short': (text, random) => text.subarray(0, random.below(text.length)),
  'with a byte order mark': (text) => Buffer.concat([Buffer.from('\ufeff'), text]),
  'with something behind': (text, random) =>
    Buffer.concat([text, random.pick([Buffer.from('{}'), Buffer.alloc(1), random.bytes(9)])]),
  'that is no UTF-8': (text, random) => replaced(text, random, random.pick([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]])),
  'with a byte changed': (text, random) => replaced(text, random, [random.below(256)]),
  'with a number too large': (text) => Buffer.from(text.toString().replace('{', '{"n":1e400,')),
  'with a number that would change': (text) => Buffer.from(text.toString().replace('{', '{"n":9223372036854775807,')),
  'with a key twice': (text) => Buffer.from(text.toString().replace('{', '{"config":1,"config":null,"manifests":[],')),
  'of more than it may be': (text) => Buffer.concat([text, Buffer.alloc(4 * 1024 * 1024 + 1, ' ')]),
  'with lists without end': (_, random) => Buffer.from('['.repeat(random.pick([100, 1_000_000]))),
  'of nothing': () => Buffer.alloc(0),
};

export const textRecipes = [
  ...recipes('configText', table),
  ...recipes('manifestText', table),
  ...recipes('indexText', table),
  ...recipes('confText', table),
  ...recipes('describedText', table),
];

function replaced(text: Buffer, random: Random, bytes: readonly number[]): Buffer {
  const at = random.below(text.length);
  return Buffer.concat([text.subarray(0, at), Buffer.from(bytes), text.subarray(at + 1)]);
}
