import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheDirectory, cacheKey, ensureCached } from './cache.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cache-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

async function makeFile(directory: string): Promise<void> {
  writeFileSync(join(directory, 'file'), 'content');
}

describe('ensureCached', () => {
  it('makes a directory once', async () => {
    const make = vi.fn(makeFile);
    const first = await ensureCached('layer', 'key', make);
    expect(await ensureCached('layer', 'key', make)).toBe(first);
    expect(make).toHaveBeenCalledOnce();
    expect(readdirSync(first)).toEqual(['file']);
  });

  it('leaves nothing behind when making fails', async () => {
    const failing = ensureCached('layer', 'key', () => Promise.reject(new Error('no space')));
    await expect(failing).rejects.toThrow('no space');
    expect(readdirSync(cacheDirectory())).toEqual([]);
  });

  it('gives both the same directory when two make it at once', async () => {
    const [one, other] = await Promise.all([
      ensureCached('layer', 'key', makeFile),
      ensureCached('layer', 'key', makeFile),
    ]);
    expect(one).toBe(other);
    expect(readdirSync(cacheDirectory())).toEqual(['layer-key']);
  });

  it('drops directories of its kind that were not used for two weeks', async () => {
    const old = await ensureCached('layer', 'old', makeFile);
    utimesSync(old, new Date(0), new Date(0));
    await ensureCached('layer', 'new', makeFile);
    expect(readdirSync(cacheDirectory())).toEqual(['layer-new']);
  });
});

describe('cacheKey', () => {
  it('keeps parts apart', () => {
    expect(cacheKey(['ab', 'c'])).not.toBe(cacheKey(['a', 'bc']));
  });
});
