import { describe, expect, test } from 'vitest';
import { checkPlatform, platformMatches } from './platform.ts';

describe('an image fits a system', () => {
  test.each([
    ['amd64', undefined, 'x86_64-linux'],
    ['amd64', 'v2', 'x86_64-linux'],
    ['arm64', undefined, 'aarch64-linux'],
    ['arm64', 'v8', 'aarch64-linux'],
    ['arm', 'v6', 'armv7l-linux'],
    ['arm', '', 'armv6l-linux'],
    ['riscv64', undefined, 'riscv64-linux'],
    ['386', undefined, 'i686-linux'],
  ])('%s %s on %s', (architecture, variant, system) => {
    expect(platformMatches({ os: 'linux', architecture, variant }, system)).toBe(true);
  });
});

describe('an image does not fit a system', () => {
  test.each([
    ['linux', 'arm64', undefined, 'x86_64-linux'],
    ['linux', 'arm', 'v7', 'armv6l-linux'],
    ['linux', 'arm', 'v8', 'armv7l-linux'],
    ['darwin', 'arm64', undefined, 'aarch64-linux'],
    ['linux', '', undefined, 'x86_64-linux'],
    ['linux', 'amd64', undefined, 'x86_64-darwin'],
    ['linux', 'amd64', undefined, 'toString'],
  ])('%s/%s %s on %s', (os, architecture, variant, system) => {
    expect(platformMatches({ os, architecture, variant }, system)).toBe(false);
  });

  test('and the refusal names both', () => {
    const check = () => checkPlatform({ os: 'linux', architecture: 'arm', variant: 'v7' }, 'x86_64-linux');
    expect(check).toThrow(/image is for linux\/arm\/v7, the build is for x86_64-linux/);
  });
});
