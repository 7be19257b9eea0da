import { expect, test } from 'vitest';
import { Sha256Digest } from '../api/result.ts';
import { Progress } from './progress.ts';

const mebibyte = 1024 * 1024;

function aLayer(at: number, origin: 'made' | 'read' = 'read') {
  return { digest: Sha256Digest.parse(`sha256:${String(at).padStart(64, '0')}`), sizeBytes: 4 * mebibyte, origin };
}

/** A second passes between any two looks at the clock. */
function listened() {
  const lines: string[] = [];
  let now = 0;
  return { lines, output: { print: (line: string) => void lines.push(line), now: () => (now += 1000) } };
}

test('tells layers known, made and sent, and bytes of all that are under way', () => {
  const { lines, output } = listened();
  const progress = new Progress(output);
  const [one, two] = [aLayer(1), aLayer(2, 'made')];
  progress.begins(38, [one, two]);
  progress.layerBegins(one);
  progress.layerBegins(two);
  progress.bytes(one, mebibyte);
  progress.bytes(two, 2 * mebibyte);
  progress.layerDone(two);
  progress.layerBegins(one);
  progress.bytes(one, 2 * mebibyte);
  expect(lines.map((line) => line.replace('[enbi] progress: ', ''))).toEqual([
    '0/2 layers sent, 0.0/8.0 MiB, 38 known',
    '0/2 layers sent, 1.0/8.0 MiB, 38 known',
    '0/2 layers sent, 3.0/8.0 MiB, 38 known',
    '1/2 layers sent, 1 of them made here, 5.0/8.0 MiB, 38 known',
    '1/2 layers sent, 1 of them made here, 6.0/8.0 MiB, 38 known',
  ]);
});

test('tells of an image whose layers are all there', () => {
  const { lines, output } = listened();
  new Progress(output).begins(41, []);
  expect(lines).toEqual(['[enbi] progress: no layer to send, 41 known']);
});
