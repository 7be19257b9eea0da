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
  // What Gitea and Forgejo say of an archive.
  [
    `https://h/api/v1/repos/o/r/archive/${rev}.tar.gz?narHash=${narHash}&rev=${rev}`,
    'https://h/o/r/archive/x.zip',
    true,
  ],
  [`https://h/git/api/o/r/archive/1.tar.gz?narHash=${narHash}`, 'https://h/git/o/r/archive/x/y.tar.gz', true],
  [`https://h/o/r/archive/1.tar.gz?narHash=${narHash}`, 'https://h/o/r/archive/feature/x.tar.gz', true],
  [`https://h/api/v1/repos/o/r/archive/1.tar.gz?narHash=${narHash}`, 'https://h/p/r/archive/x.tar.gz', false],
  [`https://h/api/v1/repos/o/r/archive/1.tar.gz?narHash=${narHash}`, 'https://i/o/r/archive/x.tar.gz', false],
  [`https://h/api/v1/repos/o/r/archive/1.tar.gz?narHash=${narHash}&dir=d`, 'https://h/o/r/archive/x.tar.gz', false],
  [`https://h/o/r/archive/1.tar.gz?narHash=${narHash}`, `https://h/o/r/archive/x.tar.gz?narHash=${narHash}`, false],
  [
    `https://h/o/r/archive/1.tar.gz?narHash=${narHash}&rev=${rev}`,
    `https://h/o/r/archive/x.tar.gz?rev=${other}`,
    false,
  ],
  [`https://h/r/archive/1.tar.gz?narHash=${narHash}`, 'https://h/o/r/archive/x.tar.gz', false],
  [`https://h/o/r/archive/1.tar.gz`, 'https://h/o/r/archive/x.tar.gz', false],
  [`tarball+https://h/x.tar.gz?narHash=${narHash}`, `https://h/x.tar.gz?narHash=${narHash.replace('47', '48')}`, false],
])('%s is a version of %s: %s', (locked, asked, expected) => {
  expect(isVersionOf(parseFlakeReference(locked), parseFlakeReference(asked))).toBe(expected);
});
