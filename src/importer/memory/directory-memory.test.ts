import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DirectoryMemory } from './directory-memory.ts';
import type { MemoryKey } from './memory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'enbi-memory-'));
});
afterEach(() => rm(directory, { recursive: true }));

const Known = z.strictObject({ size: z.number() });
const key = (about: unknown): MemoryKey => ({ kind: 'layer', about: [about] });

async function onlyFile(): Promise<string> {
  const names = await readdir(directory);
  expect(names).toHaveLength(1);
  return join(directory, names[0] ?? '');
}

describe('what was kept', () => {
  test('is recalled by the next import, under its own key alone', async () => {
    await new DirectoryMemory(directory).keep(key('a'), { size: 1 });
    const next = new DirectoryMemory(directory);
    expect(await next.recall(key('a'), Known)).toEqual({ size: 1 });
    expect(await next.recall(key('b'), Known)).toBeUndefined();
    expect(await next.recall({ kind: 'archive', about: ['a'] }, Known)).toBeUndefined();
  });

  test('is forgotten when it was recalled and proved wrong, and nothing else is', async () => {
    const memory = new DirectoryMemory(directory);
    for (const about of ['a', 'b']) await memory.keep(key(about), { size: 1 });
    expect(await memory.forgetRecalled()).toBe(false);
    await memory.recall(key('a'), Known);
    expect(await memory.forgetRecalled()).toBe(true);
    expect(await memory.recall(key('a'), Known)).toBeUndefined();
    expect(await memory.recall(key('b'), Known)).toEqual({ size: 1 });
  });
});

describe('counts as nothing known', () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ['a file cut short', (path) => writeFile(path, '{"si')],
    ['an empty file', (path) => writeFile(path, '')],
    ['bytes of no text', (path) => writeFile(path, Buffer.from([0, 255, 254]))],
    ['a value of another shape', (path) => writeFile(path, '{"size":"1"}')],
    ['a file that is too large', (path) => writeFile(path, `{"size":1${' '.repeat(600_000)}}`)],
    ['a file that is gone', (path) => rm(path)],
    [
      'a link',
      async (path) => {
        await writeFile(`${path}.target`, '{"size":1}');
        await rm(path);
        await symlink(`${path}.target`, path);
      },
    ],
  ])('%s', async (_, damage) => {
    const memory = new DirectoryMemory(directory);
    await memory.keep(key('a'), { size: 1 });
    await damage(await onlyFile());
    expect(await memory.recall(key('a'), Known)).toBeUndefined();
    await memory.keep(key('a'), { size: 2 });
    expect(await memory.recall(key('a'), Known)).toEqual({ size: 2 });
  });
});

describe('its size is bounded', () => {
  const limits = { entries: 3, entryBytes: 100, bytes: 60 };

  test('by number: what was not needed for longest goes', async () => {
    await using memory = new DirectoryMemory(directory, limits);
    for (const at of [1, 2, 3]) {
      await memory.keep(key(at), { size: at });
      const names = await readdir(directory);
      for (const name of names)
        if ((await readFile(join(directory, name), 'utf8')).includes(`:${at}}`)) await age(name, 10 - at);
    }
    await memory.recall(key(1), Known);
    await memory.keep(key(4), { size: 4 });
    await memory[Symbol.asyncDispose]();
    const left = await Promise.all([1, 2, 3, 4].map((at) => memory.recall(key(at), Known)));
    expect(left).toEqual([{ size: 1 }, undefined, { size: 3 }, { size: 4 }]);
  });

  test('by bytes', async () => {
    const memory = new DirectoryMemory(directory, limits);
    const Text = z.string();
    await memory.keep(key('a'), 'a'.repeat(40));
    await age(await onlyFile().then((path) => path.slice(directory.length)), 5);
    await memory.keep(key('b'), 'b'.repeat(40));
    await memory[Symbol.asyncDispose]();
    expect(await memory.recall(key('a'), Text)).toBeUndefined();
    expect(await memory.recall(key('b'), Text)).toBe('b'.repeat(40));
  });

  test('by entry: one that is too large is not kept at all', async () => {
    const memory = new DirectoryMemory(directory, limits);
    await memory.keep(key('a'), 'a'.repeat(200));
    expect(await readdir(directory)).toEqual([]);
  });

  test('and what a killed import was writing is swept away, a day later', async () => {
    const memory = new DirectoryMemory(directory);
    await writeFile(join(directory, '.old.part'), 'x');
    await age('.old.part', 2 * 24 * 3600);
    await writeFile(join(directory, '.new.part'), 'x');
    await memory.keep(key('a'), { size: 1 });
    await memory[Symbol.asyncDispose]();
    const names = await readdir(directory);
    expect(names.filter((name) => name.endsWith('.part'))).toEqual(['.new.part']);
  });
});

test('a directory that is not there or cannot be written costs nothing but time', async () => {
  await using memory = new DirectoryMemory('/proc/self/none');
  await memory.keep(key('a'), { size: 1 });
  expect(await memory.recall(key('a'), Known)).toBeUndefined();
  expect(await memory.forgetRecalled()).toBe(false);
});

async function age(name: string, seconds: number): Promise<void> {
  const then = new Date(Date.now() - seconds * 1000);
  await utimes(join(directory, name), then, then);
}
