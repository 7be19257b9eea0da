import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheDirectory } from './cache.ts';
import { rememberedRootfs, rememberRootfs } from './recent.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'recent-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

describe('rememberedRootfs', () => {
  it('is nothing before a first one was made, and when it was removed', () => {
    expect(rememberedRootfs('amd64', 'key')).toBeUndefined();
    rememberRootfs('amd64', 'key', join(home, 'removed'));
    expect(rememberedRootfs('amd64', 'key')).toBeUndefined();
  });

  it('is recent for a day, and remembered after that', () => {
    rememberRootfs('amd64', 'key', home);
    expect(rememberedRootfs('amd64', 'key')).toEqual({ path: home, isRecent: true });
    const [note = ''] = readdirSync(cacheDirectory());
    utimesSync(join(cacheDirectory(), note), new Date(0), new Date(0));
    expect(rememberedRootfs('amd64', 'key')).toEqual({ path: home, isRecent: false });
  });

  it('is another for another architecture or recipe', () => {
    rememberRootfs('amd64', 'key', home);
    expect(rememberedRootfs('arm64', 'key')).toBeUndefined();
    expect(rememberedRootfs('amd64', 'other')).toBeUndefined();
  });
});
