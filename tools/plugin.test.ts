import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPlugin } from './plugin.ts';

let folder: string;
let plugin: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enbi-bundle-'));
  plugin = (await buildPlugin(folder)).file;
});
afterAll(() => rm(folder, { recursive: true }));

function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

it.each(['commonjs', 'module'])('one file runs where its folder is of %s', async (type) => {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type }));
  for (const asked of ['--help', 'help']) {
    expect(await run(plugin, asked)).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Exit codes: ') });
  }
  expect(await run(plugin, 'explian')).toMatchObject({ code: 2, err: expect.stringContaining('explain') });
});

it('an older Node is told which is needed, before anything else is run', async () => {
  const older = join(folder, 'older.cjs');
  // Of what the program begins with, an older Node lacks this.
  const lacking =
    "delete process.getBuiltinModule; Object.defineProperty(process, 'versions', { value: { node: '18.2.0' } });";
  await writeFile(older, lacking);
  const { code, out, err } = await run('--require', older, plugin, 'doctor');
  expect({ code, out }).toEqual({ code: 5, out: '' });
  expect(err).toContain('needs Node 24 or later; this is 18.2.0');
  expect(err.split('\n')).toHaveLength(3);
});
