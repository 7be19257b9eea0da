import { expect, test } from 'vitest';
import { isVersionOf, parseFlakeReference } from './flake-reference.ts';

const rev = '0123456789abcdef0123456789abcdef01234567';
const other = 'f'.repeat(40);
const narHash = 'sha256-47DEQpj8HBSa%2B/TImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D';

test.each([
  [`git+https://h/a?ref=refs/heads/main&rev=${rev}`, 'git+https://h/a', true],
  [`git+https://h/a?dir=d&ref=v1&rev=${rev}`, 'git+https://h/a?ref=v1&dir=d', true],
  [`git+https://h/a?rev=${rev}`, `git+https://h/a?rev=${rev}`, true],
  [`github:a/b/${rev}?narHash=${narHash}`, 'github:a/b/main', true],
  [`tarball+https://h/x.tar.gz?narHash=${narHash}`, 'https://h/x.tar.gz', true],
  ['git+https://h/a?ref=main', 'git+https://h/a', false],
  [`git+https://h/b?rev=${rev}`, 'git+https://h/a', false],
  [`git+https://evil/a?rev=${rev}`, 'git+https://h/a', false],
  [`git+http://h/a?rev=${rev}`, 'git+https://h/a', false],
  [`git+https://h/a?dir=x&rev=${rev}`, 'git+https://h/a', false],
  [`git+https://h/a?ref=v2&rev=${rev}`, 'git+https://h/a?ref=v1', false],
  [`git+https://h/a?rev=${other}`, `git+https://h/a?rev=${rev}`, false],
  [`github:a/b/${other}`, `github:a/b/${rev}`, false],
  [`tarball+https://h/y.tar.gz?narHash=${narHash}`, 'https://h/x.tar.gz', false],
  [`tarball+https://h/x.tar.gz?narHash=${narHash}`, `https://h/x.tar.gz?narHash=${narHash.replace('47', '48')}`, false],
])('%s is a version of %s: %s', (locked, asked, expected) => {
  expect(isVersionOf(parseFlakeReference(locked), parseFlakeReference(asked))).toBe(expected);
});
