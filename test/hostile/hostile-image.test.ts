import { expect, test } from 'vitest';
import { hostileImage } from './hostile-image.ts';

test('a seed says all there is to say of a hostile image', () => {
  for (const seed of [1, 2, 3, 600, 12_345]) {
    expect(hostileImage(seed)).toEqual(hostileImage(seed));
  }
});

test('the first 300 are of every format, spoilt in more than 150 ways', () => {
  const stories = Array.from({ length: 300 }, (_, at) => hostileImage(at + 1).story.split('; '));
  const formats = new Set(stories.map(([format]) => format));
  expect(formats.size).toBe(9);
  expect(new Set(stories.flatMap(([, ...spoilt]) => spoilt)).size).toBeGreaterThan(150);
});
