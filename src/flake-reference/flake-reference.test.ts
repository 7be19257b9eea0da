import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyReference } from '../../test/support/any-reference.ts';
import { UserError } from '../errors.ts';
import {
  familyOf,
  formatFlakeReference,
  isPinned,
  locationOf,
  parseFlakeReference,
  repositoryOf,
} from './flake-reference.ts';

const rev = '0123456789abcdef0123456789abcdef01234567';
const narHash = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const narHashEncoded = 'sha256-47DEQpj8HBSa%2B/TImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D';

describe('formatFlakeReference(parseFlakeReference(text))', () => {
  test.each([
    ['github:NixOS/nixpkgs', undefined],
    ['github:NixOS/nixpkgs/nixos-25.05', undefined],
    ['github:a/b?ref=main', 'github:a/b/main'],
    ['github:a/b/feature/x', 'github:a/b/feature%2Fx'],
    [`github:a/b?rev=${rev}`, `github:a/b/${rev}`],
    [`github:a/b?ref=${rev}`, `github:a/b/${rev}`],
    [`github:a/b/${rev}?narHash=${narHash}&lastModified=1&revCount=2`, `github:a/b/${rev}?narHash=${narHashEncoded}`],
    ['github:a/b?host=ghe.example.org&dir=x', 'github:a/b?dir=x&host=ghe.example.org'],
    ['gitlab:group%2Fsub/project', undefined],
    ['sourcehut:~user/repo', undefined],
    ['git+https://Git.Example.org/a/b/', 'git+https://git.example.org/a/b'],
    [`git+https://h/a?rev=${rev}&ref=main`, `git+https://h/a?ref=main&rev=${rev}`],
    [
      'git+https://h:8443/a?dir=x/y&submodules=1&shallow=true&lfs=0',
      'git+https://h:8443/a?dir=x/y&shallow=1&submodules=1',
    ],
    ['git+https://h/a?ref=refs%2Ftags%2Fv1', 'git+https://h/a?ref=refs/tags/v1'],
    ['git+https://h/a%2Eb', 'git+https://h/a.b'],
    ['git+http://127.0.0.1:3000/a', undefined],
    ['git+http://[::1]:3000/a', undefined],
    ['git+ssh://git@h/a/b.git', undefined],
    ['git+git://h/a', 'git://h/a'],
    ['git+https://xn--pple-43d.example/x', undefined],
    ['https://h/x/v1.tar.gz', 'tarball+https://h/x/v1.tar.gz'],
    [`tarball+https://h/x?narHash=${narHashEncoded}`, undefined],
    ['git+https://dev.azure.com/org/my%20project/_git/my%20repo', undefined],
    ['git+https://h/a%2Eb%c3%a4', 'git+https://h/a.b%C3%A4'],
    ['git+https://h/$(HOST);x', 'git+https://h/%24%28HOST%29%3Bx'],
    ['git+https://h/%2541', undefined],
    ['git+https://h/a%5Cb', undefined],
    ['git+https://h/a?ref=feat/%2312,(x)', 'git+https://h/a?ref=feat/%2312%2C%28x%29'],
    ['git+https://h/a?ref=f%C3%BCr-%F0%9F%8D%B5', undefined],
    ['git+https://h/a?ref=x/-y', undefined],
    ['git+https://h/a?dir=my%20images/-%C3%A4', undefined],
    ['git+https://h/a?dir=$(X)', 'git+https://h/a?dir=%24%28X%29'],
    ['github:a/b/feat%2F(12),x', 'github:a/b/feat%2F%2812%29,x'],
    ['git+ssh://me%40example.org@h/a', undefined],
    ['git+https://my_host/a', undefined],
    [`git+https://h/a?rev=${rev.toUpperCase()}`, `git+https://h/a?rev=${rev}`],
    [`github:a/b/${rev.toUpperCase()}`, `github:a/b/${rev}`],
  ])('%s', (text, canonical) => {
    expect(formatFlakeReference(parseFlakeReference(text))).toBe(canonical ?? text);
  });
});

describe('parseFlakeReference refuses', () => {
  test.each([
    ['', 'names no place'],
    ['nixpkgs', 'names no place'],
    ['.', 'names no place'],
    ['./x', 'names no place'],
    ['/etc', 'names no place'],
    ['nixpkgs/nixos-25.05', 'names no place'],
    ['path:/etc', 'no remote place'],
    ['file:/etc/passwd', 'no remote place'],
    ['file:///x.tar.gz', 'no remote place'],
    ['git+file:///x', 'no remote place'],
    ['flake:nixpkgs', 'no remote place'],
    ['file+https://h/x', 'unknown scheme'],
    ['hg+https://h/x', 'unknown scheme'],
    ['ext::sh -c id', 'a space at position 8; leave it out'],
    ['git+ext::sh', 'unknown scheme'],
    ['__proto__:x', 'unknown scheme'],
    ['constructor:a/b', 'unknown scheme'],
    ['GITHUB:a/b', 'capital letters; write github:'],
    ['git+HTTPS://h/a', 'capital letters; write git+https:'],
    ['git@github.com:owner/repo.git', 'write git+ssh:// before it, and / in place of its colon'],
    ['git+ssh://git@github.com:owner/repo', 'behind a colon stands a port; write / in its place'],
    ['git+ssh://github.com:~user/repo', 'behind a colon stands a port; write / in its place'],
    ['ssh://h/x', 'write git+ssh://'],
    ['--help', 'starts with a dash'],
    ['-github:a/b', 'starts with a dash'],
    ['github:-a/b', 'invalid owner'],
    ['github:a', 'invalid owner'],
    ['github:a/..', 'invalid owner'],
    ['github:a%2Fc/b', 'the character / at position 2 of its owner or repository "a/c"; write github:owner/repo'],
    ['github:a/b%20c', 'a space at position 2 of its owner or repository "b c"'],
    ['gitlab:a%2F../b', 'invalid owner'],
    ['gitlab:a%2F%2Fc/b', 'invalid owner'],
    ['github:a/b/c?ref=d', 'more than once'],
    [`github:a/b?ref=d&rev=${rev}`, 'more than once'],
    ['github:a/b/-c', 'invalid ref'],
    ['github:a/b/x..y', 'invalid ref'],
    ['github:a/b/..', 'invalid ref'],
    ['github:a/b/', 'invalid ref'],
    [
      'github:a/b/feat%2F%2312',
      'the character # at position 6 of its ref "feat/#12"; Nix asks a forge for something else',
    ],
    ['gitlab:a/b?ref=x%26y', 'the character & at position 2 of its ref'],
    ['github:a/b?submodules=1', 'take only'],
    ['github:a/b?host=h:80', 'character : at position 2 of its host'],
    ['github:a/b?host=h/x', 'character / at position 2 of its host'],
    ['github:a/b?ref=a&ref=b', 'twice'],
    ['github:a/b?', undefined],
    ['git+https://h/x?foo=1', 'take only'],
    ['git+https://h/x?narHash=a', 'take only'],
    ['git+https://h/x?ref', 'name=value'],
    ['git+https://h/x?rev=abc', 'invalid rev'],
    ['git+https://h/x?ref=-x', 'invalid ref'],
    ['git+https://h/x?ref=a.lock', 'invalid ref'],
    ['git+https://h/x?ref=a@%7Bb', 'invalid ref'],
    ['git+https://h/x?dir=../y', 'invalid dir'],
    ['git+https://h/x?dir=/y', 'invalid dir'],
    ['git+https://h/x?dir=a%2F..%2Fb', 'invalid dir'],
    ['git+https://h/x?shallow=yes', 'invalid shallow'],
    ['git+https://h/a/../b', 'invalid path'],
    ['git+https://h/a/%2e%2e/b', 'invalid path'],
    ['git+https://h/a/%252e%252E/b', 'invalid path'],
    ['git+https://h/a%5C..%5Cb', 'invalid path'],
    ['git+https://h/a%255c..%25252fb', 'invalid path'],
    ['git+https://h/a%2F..%2Fb', 'path'],
    ['git+https://h/a//b', 'empty path segment'],
    ['git+https://h', 'scheme://host/path'],
    ['git+https://h/', 'scheme://host/path'],
    ['git+https:///x', 'invalid host'],
    ['git+https:h/x', 'scheme://host/path'],
    ['git+https://-oProxyCommand=x/y', 'character = at position 15 of its host'],
    ['git+https://-o/y', 'invalid host'],
    ['git+ssh://-oProxyCommand=x/y', 'character = at position 15 of its host'],
    ['git+ssh://-o@h/y', 'login name'],
    ['git+https://h:99999/x', 'port'],
    ['git+https://h:/x', 'scheme://host/path'],
    ['git+https://user:word@h/x', '"git+https://…@h/x" has credentials before its host; leave that out'],
    ['git+https://token@h/x', '"git+https://…@h/x" has a login name or a token before its host; leave that out'],
    ['https://user:word@h/x.tar.gz', '"https://…@h/x.tar.gz" has credentials'],
    ['tarball+https://token@h/x', '"tarball+https://…@h/x" has a login name or a token'],
    ['git+ssh://git:word@h/x', '"git+ssh://…@h/x" has credentials'],
    ['git+https://user:wo#rd@h/x', '"git+https://…@h/x" has the character #'],
    ['ssh://git:word@h/x', '"ssh://…@h/x" starts with ssh:'],
    ['git+https://h/x#web', 'packageName'],
    ['git+https://h/a%00', 'a control character (U+0000) at position 2 of its path'],
    ['git+https://h/%0a', 'a control character (U+000A) at position 1 of its path'],
    ['git+https://h/%zz', 'percent sign'],
    ['git+https://h/%', 'written %25'],
    ['git+https://h/%c3', 'no UTF-8'],
    ['git+https://h/x?ref=%ff', 'no UTF-8'],
    ['git+https://h/x?ref=a%20b', 'a space at position 2 of its ref "a b"; give a branch'],
    ['git+https://h/x?ref=a%5Eb', 'the character ^ at position 2 of its ref'],
    ['git+https://h/x{tag}', 'placeholder'],
    ['git+https://h/a b', 'a space at position 16; leave it out, or write %20'],
    ['git+https://h/a\nb', 'a control character (U+000A) at position 16; leave it out'],
    ['git+https://h/\u0430', 'the character \u0430 (U+0430) at position 15; type it anew'],
    ['git+https://h/\u{1F375}', 'the character \u{1F375} (U+1F375) at position 15'],
    ['git+https://h/\u200b', 'an invisible character (U+200B) at position 15'],
    ['git+https://h/a|b', 'the character | at position 16; leave it out, or write %7C'],
    ['git+https://h/a"b', 'the character " at position 16; leave it out, or write %22'],
    ['github:a/b/x]', 'the character ] at position 13'],
    ['git+https://\u0430pple.example/x', 'punycode (xn--'],
    ['git+https://h/x\uff0fy', '(U+FF0F) at position 16'],
    ['github\uff1aa/b', '(U+FF1A) at position 7'],
    ['git+https://h/x\u007f', 'control character'],
    ['git+https://h%2eevil.example/x', 'the character % at position 2 of its host'],
    ['git+https://h\\@evil.example/x', 'character \\ at position 14'],
    ['git+https://h/x?token=abc', 'take only'],
    ['git+https://h/x?dir=%2e%2e', 'invalid dir'],
    [`git+https://h/${'+'.repeat(1000)}`, 'longer than 2048'],
    ['x'.repeat(4000), 'longer than 2048'],
    ['https://h/a/b', 'tarball+https://'],
    ['https://h/a/b.git', 'git+https://'],
    ['https://h/a.tar.gz?ref=x', 'take only'],
    [`git+https://h/${'a'.repeat(2048)}`, 'longer than 2048'],
  ])('%j', (text, problem) => {
    if (problem === undefined) return expect(parseFlakeReference(text)).toBeDefined();
    const refusal = refusalOf(text);
    expect(refusal.reason).toBe('InvalidFlakeReference');
    expect(refusal.message).toContain(problem);
    return undefined;
  });
});

function refusalOf(text: string): UserError {
  try {
    parseFlakeReference(text);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`accepted ${text}`);
}

test('every reference survives formatting and parsing', () => {
  fc.assert(
    fc.property(anyReference, (value) => {
      expect(parseFlakeReference(formatFlakeReference(value))).toEqual(value);
    }),
  );
});

test('no text passes that a shell, an argument vector or the kubelet could read differently', () => {
  const almost = fc
    .tuple(anyReference, fc.nat(), fc.string({ maxLength: 3, unit: 'binary' }))
    .map(([value, at, insert]) => {
      const text = formatFlakeReference(value);
      return text.slice(0, at % text.length) + insert + text.slice(at % text.length);
    });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost), (text) => {
      const canonical = accepted(text);
      if (canonical === undefined) return;
      const [path = '', query = ''] = canonical.split('?');
      const values = query.split('&').map((field) => field.slice(field.indexOf('=') + 1));
      expect(canonical).toMatch(
        /^(?:github:|gitlab:|sourcehut:|git:|git\+https?:|git\+ssh:|tarball\+https?:)[A-Za-z0-9._~!@,:%/?&=[\]-]+$/,
      );
      expect(decodeURIComponent(canonical)).toMatch(/^[ -~\x80-\u{10ffff}]+$/u);
      for (const text of [path, ...values].map(decodeURIComponent)) expect(text).not.toMatch(/(?:^|\/)\.\.(?:$|\/)/);
      expect(accepted(canonical)).toBe(canonical);
    }),
    { numRuns: 2000 },
  );
});

function accepted(text: string): string | undefined {
  try {
    return formatFlakeReference(parseFlakeReference(text));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

test.each([
  ['github:a/b/v1', 'github:a/b/v2', true],
  [`git+https://h/a?rev=${rev}`, 'git+https://h/a?ref=main', true],
  ['https://h/a/v1.tar.gz', 'https://h/a/v2.tar.gz', true],
  ['github:a/b', 'github:a/c', false],
  ['git+https://h/a?dir=x', 'git+https://h/a?dir=y', false],
])('familyOf: %s and %s are one flake: %s', (one, other, same) => {
  expect(familyOf(parseFlakeReference(one)) === familyOf(parseFlakeReference(other))).toBe(same);
});

test.each([
  ['github:a/b/v1', 'github:a/b/v2', true],
  ['github:a/b', `github:a/b/${rev}?dir=images&narHash=${narHashEncoded}`, true],
  ['github:a/b', 'github:a/c', false],
  ['github:a/b', 'github:c/b', false],
  ['github:a/b', 'gitlab:a/b', false],
  ['github:a/b', 'github:a/b?host=git.example', false],
  ['github:a/b', 'git+https://github.com/a/b', false],
  [`git+https://h/a?rev=${rev}`, 'git+https://h/a?ref=main&dir=x&submodules=1&lfs=1&shallow=1&allRefs=1', true],
  ['git+https://h/a', 'git+https://h/b', false],
  ['git+https://h/a', 'git+https://h/a/b', false],
  ['git+https://h/a', 'git+https://i/a', false],
  ['git+https://h/a', 'git+https://h:8443/a', false],
  ['git+https://h/a', 'git+http://h/a', false],
  ['git+ssh://git@h/a', 'git+ssh://git@h/a?ref=v1', true],
  ['git+ssh://git@h/a', 'git+ssh://other@h/a', false],
  ['https://h/a.tar.gz', `https://h/a.tar.gz?narHash=${narHashEncoded}&dir=x`, true],
  ['https://h/flakes/a.tar.gz', 'https://h/flakes/b.tar.gz', false],
  ['https://h/a/archive/v1.tar.gz', 'https://h/b/archive/v1.tar.gz', false],
])('repositoryOf: %s and %s are one repository: %s', (one, other, same) => {
  expect(repositoryOf(parseFlakeReference(one)) === repositoryOf(parseFlakeReference(other))).toBe(same);
});

test('repositoryOf: whatever the version, the place stays the same', () => {
  fc.assert(
    fc.property(anyReference, (reference) => {
      const repository = parseFlakeReference(repositoryOf(reference));
      expect([repository.type, locationOf(repository)]).toEqual([reference.type, locationOf(reference)]);
      expect(isPinned(repository)).toBe(false);
    }),
  );
});

test.each([
  ['github:a/b', { host: 'github.com', segments: ['a', 'b'] }],
  ['gitlab:a%2Fc/b?host=h', { host: 'h', segments: ['a', 'c', 'b'] }],
  ['git+https://h:1/a/b?ref=x', { host: 'h', port: 1, segments: ['a', 'b'] }],
])('locationOf %s', (text, expected) => expect(locationOf(parseFlakeReference(text))).toEqual(expected));

test.each([
  ['github:a/b/main', false],
  [`github:a/b/${rev}`, true],
  [`git+https://h/a?rev=${rev}`, true],
  ['https://h/a.tar.gz', false],
  [`https://h/a.tar.gz?narHash=${narHash}`, true],
])('isPinned %s: %s', (text, expected) => expect(isPinned(parseFlakeReference(text))).toBe(expected));
