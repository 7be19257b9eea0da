import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libraries } from './architecture.ts';
import { loadedByName } from './contents.ts';
import { selectFiles, selection } from './select.ts';

const { directory, loader } = libraries.amd64;
let packages: string;

beforeEach(() => {
  packages = mkdtempSync(join(tmpdir(), 'packages-'));
  for (const path of [loader, ...loadedByName.map((name) => join(directory, name))]) put(path);
});
afterEach(() => rmSync(packages, { recursive: true }));

function put(path: string): void {
  mkdirSync(dirname(join(packages, path)), { recursive: true });
  writeFileSync(join(packages, path), path);
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(packages, path)), { recursive: true });
  symlinkSync(target, join(packages, path));
}

describe('selection', () => {
  it('takes what is named and leaves the rest', () => {
    put('usr/bin/ssh');
    put('usr/bin/perl');
    const chosen = selection(packages, 'amd64');
    expect(chosen).toContain('usr/bin/ssh');
    expect(chosen).not.toContain('usr/bin/perl');
  });

  it('takes what a link leads to', () => {
    link('usr/bin/nix-store', 'nix');
    put('usr/bin/nix');
    link('usr/lib/git-core/git-add', '../../bin/git');
    put('usr/bin/git');
    expect(selection(packages, 'amd64')).toEqual(expect.arrayContaining(['usr/bin/nix', 'usr/bin/git']));
  });

  it('leaves what is dropped although a glob names it', () => {
    put('usr/lib/git-core/git-imap-send');
    expect(selection(packages, 'amd64')).not.toContain('usr/lib/git-core/git-imap-send');
  });

  it('fails when a link leads nowhere, so that a moved file of Debian is noticed', () => {
    link('usr/bin/node', 'node-25');
    expect(() => selection(packages, 'amd64')).toThrow('node-25');
  });
});

describe('selectFiles', () => {
  it('moves the files into directories that everyone can read, under any umask', () => {
    const rootfs = mkdtempSync(join(tmpdir(), 'rootfs-'));
    put('usr/bin/ssh');
    selectFiles(packages, rootfs, 'amd64');
    expect(existsSync(join(packages, 'usr/bin/ssh'))).toBe(false);
    expect(statSync(join(rootfs, 'usr/bin')).mode & 0o777).toBe(0o755);
    rmSync(rootfs, { recursive: true });
  });
});
