import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatImageName, parseImageName } from './image-name.ts';
import { nameKeyOf, repositoryKeyOf } from './name-key.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

describe('two texts with one key mean one image', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1', 'index.docker.io/nginx:1'],
    ['library/nginx:1', 'registry-1.docker.io/nginx:1'],
    ['team/app:1', 'docker.io/team/app:1'],
    ['nginx:1', `docker.io/library/nginx:1@${digest}`],
    ['r.example/app', 'r.example/app:latest'],
    ['R.Example/app:1', 'r.example/app:1'],
    ['r.example:443/app:1', 'r.example/app:1'],
    ['r.example:80/app:1', 'r.example/app:1'],
    ['r.example:0443/app:1', 'r.example:443/app:1'],
    ['r.example./app:1', 'r.example/app:1'],
    ['[::1]:443/app:1', '[::1]/app:1'],
    ['XN--bcher-kva.example/app:1', 'xn--bcher-kva.example/app:1'],
    ['localhost/app:1', 'LOCALHOST.:80/app:1'],
  ])('%s and %s', (left, right) => {
    expect(nameKeyOf(left)).toBe(nameKeyOf(right));
  });

  test.each([
    ['r.example/app:1', 'r.example/app:2'],
    ['r.example/app:a', 'r.example/app:A'],
    ['r.example/app:1', 'q.example/app:1'],
    ['r.example:5000/app:1', 'r.example/app:1'],
    ['docker.io/a/b:1', 'r.example/a/b:1'],
    ['localhost/app:1', 'app:1'],
    ['xn--bcher-kva.example/app:1', 'bucher.example/app:1'],
  ])('%s and %s do not', (left, right) => {
    expect(nameKeyOf(left)).not.toBe(nameKeyOf(right));
  });
});

test('a digest alone is the name of no tag', () => expect(nameKeyOf(`r.example/app@${digest}`)).toBeUndefined());

const host = fc.stringMatching(/^[a-z0-9]{1,9}(-[a-z0-9]{1,5})?\.[a-z]{2,5}$/);
const path = fc.stringMatching(/^[a-z0-9]{1,9}(\/[a-z0-9]{1,9}){0,2}$/);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const port = fc.constantFrom('', ':443', ':80', ':00443');

test('how a host is written makes no other image', () => {
  fc.assert(
    fc.property(host, path, tag, port, fc.nat(), (name, repository, version, suffix, seed) => {
      const mixed = name
        .split('')
        .map((letter, at) => ((seed >> (at % 31)) & 1 ? letter.toUpperCase() : letter))
        .join('');
      const plain = `${name}/${repository}:${version}`;
      expect(nameKeyOf(`${mixed}${suffix}/${repository}:${version}`)).toBe(plain);
      expect(nameKeyOf(`${mixed}.${suffix}/${repository}:${version}`)).toBe(plain);
    }),
  );
});

test('what the runtime holds for one name, it holds under one key', () => {
  fc.assert(
    fc.property(host, path, tag, (name, repository, version) => {
      const text = `${name}/${repository}:${version}`;
      expect(nameKeyOf(formatImageName(parseImageName(text)))).toBe(nameKeyOf(text));
    }),
  );
});

test('any text has a repository', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      expect(repositoryKeyOf(text)).toMatch(/\//);
    }),
  );
});
