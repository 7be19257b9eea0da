import { expect, test } from 'vitest';
import { nearest, suggestion } from './nearest.ts';

test.each([
  ['defualt', ['default', 'web', 'db'], ['default']],
  ['docker', ['docker-image', 'web'], ['docker-image']],
  ['Web', ['web'], ['web']],
  ['web', ['wob', 'web1', 'weg', 'wxx', 'qqq'], ['wob', 'web1', 'weg']],
  ['x', ['completely-different'], []],
  ['', ['a'], []],
  ['a'.repeat(1000), ['b'.repeat(1000)], []],
])('%s among %j: %j', (name, candidates, expected) => expect(nearest(name, candidates)).toEqual(expected));

test.each([
  ['wbe', ['web'], '; nearest: web'],
  ['image', ['default', 'not-an-image', 'stream'], '; nearest: not-an-image; there are also: default, stream'],
  ['image', ['a', 'b'], '; there are: a, b'],
  ['image', [], ''],
  [
    'image',
    Array.from({ length: 20 }, (_, i) => `p${i}`),
    '; there are: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11 and 8 more',
  ],
])('%s of %j: %s', (name, candidates, expected) => expect(suggestion(name, candidates)).toBe(expected));
