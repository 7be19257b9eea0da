import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import { fillTag, locationOf, parseFlakeReference } from './flake-reference.ts';

test.each([
  ['github:a/b/{tag}', 'v1.2', 'github:a/b/v1.2'],
  ['git+https://h/a?ref=refs/tags/{tag}', 'v1', 'git+https://h/a?ref=refs/tags/v1'],
  ['https://h/{tag}/{tag}.tar.gz', 'v1', 'https://h/v1/v1.tar.gz'],
  ['https://h/web/{tag}/web-{tag}-src.tar.gz', '1.4_rc-2', 'https://h/web/1.4_rc-2/web-1.4_rc-2-src.tar.gz'],
  [
    'git+https://h/a?dir=images/{tag}/web&ref=release/v{tag}-final',
    '1.4',
    'git+https://h/a?dir=images/1.4/web&ref=release/v1.4-final',
  ],
  ['github:a/b/{tag}', 'x/../y', 'github:a/b/x%2F..%2Fy'],
  ['git+https://h/a?ref={tag}', 'x&dir=y', 'git+https://h/a?ref=x%26dir%3Dy'],
  ['git+https://h/a', 'v1', 'git+https://h/a'],
  ['git+https://h/{tag}', "$&$'$1", 'git+https://h/%24%26%24%27%241'],
  ['git+https://h/{tag}', '{tag}', 'git+https://h/%7Btag%7D'],
])('%s with %s', (template, tag, expected) => expect(fillTag(template, tag)).toBe(expected));

test.each([
  'git+https://{tag}/x',
  'git+https://h.{tag}:80/x',
  'git+ssh://{tag}@h/x',
  '{tag}:a/b',
  '{tag}',
  'git+{tag}://h/x',
  'github:a/b?host={tag}',
  'github:a/b?dir=x&host=forge.{tag}',
])('a tag chooses neither scheme nor host: %s', (template) =>
  expect(() => fillTag(template, 'v1')).toThrow('scheme or host'),
);

test('every tag that an image can have is written as it is', () => {
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
  fc.assert(
    fc.property(tag, (tag) => {
      expect(fillTag('https://h/a-{tag}/{tag}?dir=x-{tag}-y', tag)).toBe(`https://h/a-${tag}/${tag}?dir=x-${tag}-y`);
    }),
  );
});

test.each([
  ['git+https://h/a?ref={tag}', 'v1..2', 'invalid ref'],
  ['git+https://h/a?ref={tag}', 'v1.lock', 'invalid ref'],
  [
    'git+https://h/a?rev={tag}',
    '1.4',
    'invalid rev; give the full commit hash (40 or 64 hex digits); a tag is written ref=refs/tags/NAME',
  ],
])('%s with the tag %s is refused', (template, tag, problem) =>
  expect(() => parseFlakeReference(fillTag(template, tag))).toThrow(problem),
);

test('no tag changes where a flake comes from', () => {
  const templates = fc.constantFrom(
    'github:a/b/{tag}',
    'git+https://h/a?ref={tag}',
    'git+https://h/a?dir=d&ref=v{tag}',
  );
  fc.assert(
    fc.property(templates, fc.string({ minLength: 1 }), (template, tag) => {
      let filled: ReturnType<typeof parseFlakeReference>;
      try {
        filled = parseFlakeReference(fillTag(template, tag));
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        return;
      }
      const plain = parseFlakeReference(fillTag(template, 'v1'));
      expect(locationOf(filled)).toEqual(locationOf(plain));
      expect(Object.keys(filled).map((key) => (key === 'rev' ? 'ref' : key))).toEqual(Object.keys(plain));
    }),
    { numRuns: 500 },
  );
});
