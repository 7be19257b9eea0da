import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

test('gives the same lines however the stream is cut', () => {
  const text = fc.array(fc.string({ unit: 'grapheme' })).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, fc.array(fc.nat(50), { minLength: 1 }), (stream, sizes) => {
      expect(linesOf(cut(Buffer.from(stream), sizes))).toEqual(linesOf([Buffer.from(stream)]));
      expect(linesOf([Buffer.from(stream)])).toEqual(withoutLastIfEmpty(stream.split('\n')));
    }),
  );
});

test('keeps the beginning and the end of a line without an end in sight', () => {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(1_000_000, 'a');
  for (let i = 0; i < 20; i++) expect(splitter.push(chunk)).toEqual([]);
  const [line] = splitter.push(Buffer.from('the end\nnext\n'));
  expect(line?.text).toHaveLength(64 * 1024);
  expect(line?.tail).toMatch(/^a{249}the end$/);
  expect(splitter.end()).toEqual([]);
});

function linesOf(chunks: readonly Buffer[]): string[] {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()].map(({ text }) => text);
}

function cut(buffer: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0, i = 0; from < buffer.length; i++) {
    const size = (sizes[i % sizes.length] ?? 0) + 1;
    chunks.push(buffer.subarray(from, from + size));
    from += size;
  }
  return chunks;
}

function withoutLastIfEmpty(lines: readonly string[]): readonly string[] {
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
