import {
  binarySize,
  gnuLong,
  type HeaderFields,
  headerBlock,
  paxHeader,
  paxRecord,
  withChecksum,
} from '../../support/tar-writer.ts';
import type { Random } from '../random.ts';
import { type Piece, recipes } from '../recipe.ts';

const flags = '\x001234567SDMNVAXLKxg?'.split('');

export const pieceRecipes = recipes('pieces', {
  'one gone': (pieces, random) => pieces.toSpliced(random.below(pieces.length), 1),
  'one twice': (pieces, random) => inserted(pieces, random, (piece) => [piece, piece]),
  'one twice, once another': (pieces, random) =>
    inserted(pieces, random, (piece) =>
      random.shuffled([piece, { ...piece, content: changed(piece.content, random) }]),
    ),
  'one twice, once of another length': (pieces, random) =>
    inserted(pieces, random, (piece) => random.shuffled([piece, { ...piece, content: random.bytes(600) }])),
  'one twice, once a directory': (pieces, random) =>
    inserted(pieces, random, (piece) => [piece, { fields: { ...piece.fields, flag: '5' }, content: Buffer.alloc(0) }]),
  'in another order': (pieces, random) => random.shuffled(pieces),
  'with content exchanged': (pieces, random) => {
    const { content } = random.pick(pieces);
    return oneOf(pieces, random, (piece) => ({ ...piece, content }));
  },
  'a content changed': (pieces, random) =>
    oneOf(pieces, random, (piece) => ({ ...piece, content: changed(piece.content, random) })),
  'a member of another kind': (pieces, random) =>
    header(pieces, random, { flag: random.pick(flags), linkTarget: random.pick(['', '/etc/passwd', '../../secret']) }),
  'a member of another kind, and empty': (pieces, random) =>
    oneOf(pieces, random, ({ fields }) => ({
      fields: { ...fields, flag: random.pick(flags), linkTarget: '/etc/passwd' },
      content: Buffer.alloc(0),
    })),
  'a link to another': (pieces, random) => linked(pieces, random, random.pick(pieces).fields.name),
  'a link to another elsewhere': (pieces, random) =>
    linked(pieces, random, `${random.pick(['../', '../../', './', '/', 'x/../'])}${random.pick(pieces).fields.name}`),
  'links in a ring': (pieces, random) => {
    const ring = pieces.map(({ fields: { name } }, at) => {
      const next = pieces[(at + 1) % pieces.length]?.fields.name ?? '';
      return { fields: { name, flag: random.pick(['1', '2']), linkTarget: next }, content: Buffer.alloc(0) };
    });
    return random.chance(0.5) ? ring : [...pieces.slice(0, -1), ...ring.slice(-1)];
  },
  'another name': (pieces, random) => header(pieces, random, { name: random.pick(names) }),
  'a name written otherwise': (pieces, random) =>
    oneOf(pieces, random, ({ fields, content }) => ({
      fields: { ...fields, name: variant(fields.name, random) },
      content,
    })),
  'a name in two parts': (pieces, random) =>
    header(pieces, random, { prefix: random.pick(['..', '/', 'a', 'x'.repeat(155)]) }),
  'another magic': (pieces, random) =>
    header(pieces, random, { magic: random.pick(['gnu', 'v7']), prefix: random.pick(['', 'from-gnu']) }),
  'a size that lies': (pieces, random) =>
    oneOf(pieces, random, ({ fields, content }) => ({
      fields: { ...fields, size: lyingSize(content.length, random) },
      content,
    })),
  'a binary size': (pieces, random) =>
    oneOf(pieces, random, ({ fields, content }) => ({
      fields: { ...fields, size: binarySize(content.length) },
      content,
    })),
  'attributes before a member': (pieces, random) => before(pieces, random, (piece) => [attributes(piece, random)]),
  'several attributes before a member': (pieces, random) =>
    before(pieces, random, (piece) => [attributes(piece, random), attributes(piece, random)]),
  'attributes of no member': (pieces, random) => [...pieces, attributes(random.pick(pieces), random)],
  'GNU’s sparse file': (pieces, random) =>
    oneOf(pieces, random, ({ fields, content }) => ({
      fields,
      content,
      raw: Buffer.concat([sparseHeader(fields, content.length), random.bytes(512), content]),
    })),
  'a checksum that is wrong': (pieces, random) =>
    oneOf(pieces, random, (piece) => {
      const block = headerBlock({ size: piece.content.length, ...piece.fields });
      block.write(random.pick(['0000000\0', '777777\0 ', '        ', '-1\0     ']), 148);
      return { ...piece, raw: Buffer.concat([block, piece.content]) };
    }),
  'a byte of a header changed, its checksum right': (pieces, random) =>
    oneOf(pieces, random, (piece) => {
      const block = headerBlock({ size: piece.content.length, ...piece.fields });
      block[random.below(512)] = random.below(256);
      const fill = Buffer.alloc((512 - (piece.content.length % 512)) % 512);
      return { ...piece, raw: Buffer.concat([withChecksum(block), piece.content, fill]) };
    }),
  'very many members': (pieces) => [
    ...Array.from({ length: 5000 }, (_, at) => ({ fields: { name: `many/${at}` }, content: Buffer.alloc(0) })),
    ...pieces,
  ],
  'other files too': (pieces, random) => [
    ...names.map((name) => ({ fields: { name }, content: random.bytes(random.below(700)) })),
    ...pieces,
  ],
});

/** One in place of a file, by a name or by a path. */
function linked(pieces: readonly Piece[], random: Random, linkTarget: string): readonly Piece[] {
  const flag = random.pick(['1', '2']);
  return oneOf(pieces, random, ({ fields }) => ({ fields: { ...fields, flag, linkTarget }, content: Buffer.alloc(0) }));
}

const names = [
  'manifest.json',
  'index.json',
  'oci-layout',
  './manifest.json',
  '../secret',
  '/etc/passwd',
  'a/../../b',
  '..',
  '.',
  '',
  '//',
  'manifest.json/',
  'MANIFEST.JSON',
  'manifest.json ',
  'manifest\u2024json',
  'manife\u017ft.json',
  '\u202enosj.tsefinam',
  'n'.repeat(100),
  '__proto__',
  'constructor',
  'caf\u00e9',
  'cafe\u0301',
  'a\nb',
  '\x1b[2J',
];

function variant(name: string, random: Random): string {
  return random.pick([
    `./${name}`,
    `/${name}`,
    `.//./${name}`,
    `${name}/`,
    `x/../${name}`,
    name.toUpperCase(),
    name.replaceAll('/', '//'),
    `${name} `,
    name.slice(1),
  ]);
}

function lyingSize(size: number, random: Random): number | Buffer {
  return random.pick<number | Buffer>([
    size + 1,
    Math.max(0, size - 1),
    size + 512,
    0,
    1,
    2 ** 33 - 1,
    binarySize(-1),
    binarySize(-512),
    binarySize(2n ** 62n),
    binarySize(2n ** 53n),
    binarySize(size + 512),
    Buffer.concat([Buffer.from([0x80, 0, 0, 1]), Buffer.alloc(8)]),
    Buffer.from('            '),
    Buffer.from('-0000000001\0'),
    Buffer.from('0x000000010\0'),
    Buffer.from('1\x0000000000\0'),
    Buffer.from(`\t${size.toString(8)}\0`),
    Buffer.alloc(12, 0xff),
    random.bytes(12),
  ]);
}

function attributes({ fields, content }: Piece, random: Random): Piece {
  const { name } = fields;
  const size = `${content.length}`;
  const pax = (...records: Buffer[]) => paxHeader(records);
  const raw = random.pick<() => Buffer>([
    () => pax(paxRecord('size', size)),
    () => pax(paxRecord('size', '0')),
    () => pax(paxRecord('size', random.pick(['512', '-1', '99999999999999999999', '1e3', '', '0x10', ' 1']))),
    () => pax(paxRecord('size', size), paxRecord('size', '0')),
    () => pax(paxRecord('path', name)),
    () => pax(paxRecord('path', random.pick(names))),
    () => pax(paxRecord('path', `${name}\0x`)),
    () => pax(paxRecord('path', Buffer.from([0xff, 0xfe]))),
    () => pax(paxRecord('linkpath', '/etc/passwd')),
    () => pax(paxRecord('GNU.sparse.major', '1'), paxRecord('GNU.sparse.realsize', '99999')),
    () => pax(paxRecord('mtime', '1'), paxRecord('comment', 'fine')),
    () => pax(Buffer.from(`999999 path=${name}\n`)),
    () => pax(Buffer.from(`3 path=${name}\n`)),
    () => pax(Buffer.from('0 path=x\n'), paxRecord('size', '0')),
    () => pax(Buffer.from(`-9 path=${name}\n`)),
    () => pax(random.bytes(40)),
    () => paxHeader([paxRecord('size', '0')], 'g'),
    () => paxHeader([paxRecord('path', name)], 'g'),
    () => paxHeader([paxRecord('comment', 'fine')], 'g'),
    () => gnuLong('L', name),
    () => gnuLong('L', random.pick(names)),
    () => gnuLong('L', 'n'.repeat(random.pick([200, 5000, 2_000_000]))),
    () => gnuLong('K', '/etc/passwd'),
    () => headerBlock({ flag: 'x', size: lyingSize(600, random) }),
  ])();
  return { fields: { name: '' }, content: Buffer.alloc(0), raw };
}

/** The old format: a second header with the holes follows, which the size does not count. */
function sparseHeader(fields: HeaderFields, size: number): Buffer {
  const block = headerBlock({ ...fields, size, flag: 'S', magic: 'gnu' });
  block.writeUInt8(1, 482);
  return withChecksum(block);
}

function changed(content: Buffer, random: Random): Buffer {
  const copy = Buffer.from(content);
  if (copy.length > 0) copy[random.below(copy.length)] = random.below(256);
  return copy;
}

function oneOf(pieces: readonly Piece[], random: Random, change: (piece: Piece) => Piece): Piece[] {
  const chosen = random.below(pieces.length);
  return pieces.map((piece, at) => (at === chosen ? change(piece) : piece));
}

function header(pieces: readonly Piece[], random: Random, fields: Partial<Piece['fields']>): Piece[] {
  return oneOf(pieces, random, (piece) => ({ ...piece, fields: { ...piece.fields, ...fields } }));
}

function inserted(pieces: readonly Piece[], random: Random, instead: (piece: Piece) => readonly Piece[]): Piece[] {
  const chosen = random.below(pieces.length);
  return random.shuffled(pieces.flatMap((piece, at) => (at === chosen ? instead(piece) : [piece])));
}

function before(pieces: readonly Piece[], random: Random, put: (piece: Piece) => readonly Piece[]): Piece[] {
  const chosen = random.below(pieces.length);
  return pieces.flatMap((piece, at) => (at === chosen ? [...put(piece), piece] : [piece]));
}
