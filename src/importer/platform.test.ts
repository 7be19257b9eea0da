import { describe, expect, test } from 'vitest';
import { checkPlatform, platformMatches, rankOf } from './platform.ts';

describe('an image fits a system', () => {
  test.each([
    ['amd64', undefined, 'x86_64-linux'],
    ['amd64', 'v2', 'x86_64-linux'],
    ['x86_64', undefined, 'x86_64-linux'],
    ['arm64', undefined, 'aarch64-linux'],
    ['arm64', 'v8', 'aarch64-linux'],
    ['arm64', '8', 'aarch64-linux'],
    ['aarch64', 'v8.2', 'aarch64-linux'],
    ['arm', 'v6', 'armv7l-linux'],
    ['armhf', '', 'armv7l-linux'],
    ['arm', '', 'armv6l-linux'],
    ['riscv64', undefined, 'riscv64-linux'],
    ['386', undefined, 'i686-linux'],
    ['i386', 'i686', 'i686-linux'],
  ])('%s %s on %s', (architecture, variant, system) => {
    expect(platformMatches({ os: 'linux', architecture, variant }, system)).toBe(true);
  });
});

describe('an image does not fit a system', () => {
  test.each([
    ['linux', 'arm64', undefined, 'x86_64-linux'],
    ['linux', '386', undefined, 'x86_64-linux'],
    ['linux', 'arm', 'v7', 'armv6l-linux'],
    ['linux', 'armhf', '', 'armv6l-linux'],
    ['linux', 'arm', 'v8', 'armv7l-linux'],
    ['darwin', 'arm64', undefined, 'aarch64-linux'],
    ['linux', '', undefined, 'x86_64-linux'],
    ['linux', 'constructor', undefined, 'x86_64-linux'],
    ['linux', 'amd64', undefined, 'x86_64-darwin'],
    ['linux', 'amd64', undefined, 'toString'],
  ])('%s/%s %s on %s', (os, architecture, variant, system) => {
    expect(platformMatches({ os, architecture, variant }, system)).toBe(false);
  });

  test('and the refusal names both', () => {
    const check = () => checkPlatform({ os: 'linux', architecture: 'arm', variant: 'v7' }, 'x86_64-linux');
    expect(check).toThrow(/image is for linux\/arm\/v7, the build is for x86_64-linux; build it with/);
  });

  test('and of another operating system nothing is advised that would not help', () => {
    const check = () => checkPlatform({ os: 'windows', architecture: 'amd64' }, 'x86_64-linux');
    expect(check).toThrow(/for windows\/amd64; enbi loads images for Linux alone$/);
  });
});

describe('of several variants the one comes first that containerd would take, without a word of the node', () => {
  test.each([
    ['x86_64-linux', 'amd64', ['', 'v1', 'v2', 'v3', 'v4']],
    ['armv7l-linux', 'arm', ['v7', '', 'v6', 'v5']],
    ['armv6l-linux', 'arm', ['v6', 'v5', '']],
    ['aarch64-linux', 'arm64', ['', 'v8', 'v8.1', 'v8.9', 'v9', 'v9.2']],
    ['riscv64-linux', 'riscv64', ['', 'rva22u64']],
  ])('%s', (system, architecture, variants) => {
    const ranks = variants.map((variant) => rankOf({ os: 'linux', architecture, variant }, system) ?? -1);
    expect(ranks).not.toContain(-1);
    expect(ranks).toEqual(ranks.toSorted((one, other) => one - other));
    expect(new Set(ranks).size).toBe(variants.length);
  });
});
