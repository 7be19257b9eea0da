import { gzipSync, zstdCompressSync } from 'node:zlib';
import { archive, member } from '../../support/tar-writer.ts';
import type { Random } from '../random.ts';
import { recipes } from '../recipe.ts';

type Spoil = (bytes: Buffer, random: Random) => Buffer;

const anywhere: Readonly<Record<string, Spoil>> = {
  'cut short': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'cut short near the end': (bytes, random) => bytes.subarray(0, Math.max(0, bytes.length - 1 - random.below(1100))),
  'with bytes behind': (bytes, random) => Buffer.concat([bytes, random.bytes(1 + random.below(600))]),
  'with zeros behind': (bytes, random) =>
    Buffer.concat([bytes, Buffer.alloc(random.pick([1, 511, 512, 10_240, 1_000_000]))]),
  'twice in a row': (bytes) => Buffer.concat([bytes, bytes]),
  'with some bytes changed': (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let left = 1 + random.below(4); left > 0; left--) copy[random.below(copy.length)] = random.below(256);
    return copy;
  },
  'with a frame to be skipped before it': (bytes, random) => Buffer.concat([skippable(random), bytes]),
  'with a piece gone': (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(2000))]);
  },
  'with bytes in between': (bytes, random) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(600)), bytes.subarray(at)]);
  },
};

/** As Zstandard may begin. */
function skippable(random: Random): Buffer {
  const head = Buffer.alloc(8 + random.below(20));
  head.writeUInt32LE(0x184d2a50 + random.below(17), 0);
  head.writeUInt32LE(random.pick([head.length - 8, 0, 1, 0xffffffff]), 4);
  return head;
}

export const archiveRecipes = recipes('archive', {
  ...anywhere,
  'with a block gone': (bytes, random) => blocks(bytes, (all) => all.toSpliced(random.below(all.length), 1)),
  'with a block twice': (bytes, random) =>
    blocks(bytes, (all) => {
      const at = random.below(all.length);
      return all.toSpliced(at, 0, ...all.slice(at, at + 1));
    }),
  'with its blocks in another order': (bytes, random) => blocks(bytes, (all) => random.shuffled(all)),
  'with zeros in between': (bytes, random) =>
    blocks(bytes, (all) => all.toSpliced(random.below(all.length), 0, Buffer.alloc(512 * random.pick([1, 2, 20])))),
  'without an end': (bytes, random) => bytes.subarray(0, bytes.length - random.pick([512, 1024])),
  'with another behind': (bytes) =>
    Buffer.concat([bytes, archive(member({ name: 'manifest.json' }, '[{"Config":"other","Layers":[]}]'))]),
  'with its end spoilt by another': (bytes) =>
    Buffer.concat([bytes.subarray(0, -1024), Buffer.alloc(512), archive(member({ name: 'manifest.json' }, '[]'))]),
  'of nothing but random bytes': (_, random) => random.bytes(random.below(3000)),
  'of a header and random bytes': (bytes, random) => Buffer.concat([bytes.subarray(0, 512), random.bytes(3000)]),
  'of nothing': () => Buffer.alloc(0),
  'of zeros': (_, random) => Buffer.alloc(random.pick([512, 1024, 10_240])),
  'a program': (_, random) =>
    Buffer.from(random.pick(['#!/bin/sh\nexit 0\n', '\x7fELF\x02', '{"version":1}', 'text', 'PK\x03\x04'])),
});

export const packedRecipes = recipes('packed', {
  ...anywhere,
  'with half of a second part': (bytes) => Buffer.concat([bytes, gzipSync('part').subarray(0, 12)]),
  'with another part': (bytes, random) =>
    Buffer.concat([bytes, random.chance(0.5) ? gzipSync(random.bytes(9)) : zstdCompressSync(random.bytes(9))]),
  'compressed once more': (bytes, random) => (random.chance(0.5) ? gzipSync(bytes) : zstdCompressSync(bytes)),
  'a compressed text': () => gzipSync('text'),
  'zeros without end': (_, random) =>
    random.chance(0.5) ? gzipSync(Buffer.alloc(30_000_000)) : zstdCompressSync(Buffer.alloc(30_000_000)),
});

export const layerRecipes = recipes('layer', {
  ...anywhere,
  'of nothing': () => Buffer.alloc(0),
  'compressed once more': (bytes, random) => (random.chance(0.5) ? gzipSync(bytes) : zstdCompressSync(bytes)),
});

function blocks(bytes: Buffer, change: (blocks: readonly Buffer[]) => readonly Buffer[]): Buffer {
  const all = Array.from({ length: Math.ceil(bytes.length / 512) }, (_, at) =>
    bytes.subarray(at * 512, at * 512 + 512),
  );
  return Buffer.concat(change(all));
}
