import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anImage, dockerArchiveOf } from '../../../test/support/images.ts';
import { LogTail } from './log-tail.ts';
import type { Running } from './script.ts';
import { type StageCaps, stageImage } from './stage-image.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'enbi-stage-'));
});
afterEach(() => rm(directory, { recursive: true }));

const archive = dockerArchiveOf(anImage());

interface Script {
  readonly output?: readonly (string | Buffer)[];
  readonly errors?: string;
  /** Undefined: it ends only when it is killed. */
  readonly ending?: number | string;
}

function run({ output = [], errors = '', ending }: Script): Running {
  const streams = { output: new PassThrough(), errors: new PassThrough() };
  const { promise: ended, resolve } = Promise.withResolvers<number | string>();
  const end = (how: number | string) => {
    streams.output.end();
    streams.errors.end();
    resolve(how);
  };
  streams.errors.write(errors);
  for (const chunk of output) {
    streams.output.write(chunk);
  }
  if (ending !== undefined) {
    setImmediate(() => end(ending));
  }
  return { ...streams, ended, kill: () => end('SIGKILL') };
}

async function stage(script: Script, caps: Partial<StageCaps> = {}): Promise<string[]> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const deps = { log: new LogTail(print), caps: { bytes: 1e9, seconds: 5, silentSeconds: 5, ...caps }, print };
  await stageImage(run(script), join(directory, 'image.tar'), deps);
  return lines;
}

test('what a script wrote is kept, its words are shown as its own', async () => {
  const lines = await stage({ output: [archive], errors: 'Creating layer 1\n[enbi] progress: fooled\n', ending: 0 });
  expect((await readFile(join(directory, 'image.tar'))).equals(archive)).toBe(true);
  expect(lines).toContain('script: Creating layer 1');
  expect(lines).toContain('script: [enbi] progress: fooled');
});

test('a script that writes a few bytes at a time is as good as any', async () => {
  const pieces = [archive.subarray(0, 7), archive.subarray(7, 511), archive.subarray(511)];
  await stage({ output: pieces, ending: 0 });
  expect((await readFile(join(directory, 'image.tar'))).equals(archive)).toBe(true);
});

describe('is said to be no image and leaves none:', () => {
  test.each<[string, Script, Partial<StageCaps>, RegExp]>([
    [
      'a script that fails',
      { output: [archive], errors: 'no such layer', ending: 3 },
      {},
      /exit code 3; it said: no such layer/,
    ],
    ['a script that is killed', { output: [archive], ending: 'SIGSEGV' }, {}, /ended by SIGSEGV/],
    ['a program that says hello', { output: ['hello\n'] }, {}, /wrote something else than an archive/],
    ['a program that says nothing', { ending: 0 }, {}, /wrote nothing/],
    ['a server', {}, { silentSeconds: 0.05 }, /wrote nothing for 0\.05 s/],
    ['a script without end', { output: [archive] }, { seconds: 0.05 }, /took more than 0\.05 s/],
    ['a script that writes too much', { output: [archive] }, { bytes: 1000 }, /wrote more than/],
  ])('%s', async (_, script, caps, message) => {
    await expect(stage(script, caps)).rejects.toMatchObject({
      name: 'UserError',
      reason: 'NotAnImage',
      message: expect.stringMatching(message),
    });
    expect(await readdir(directory)).not.toContain('image.tar');
  });
});

test('a container without the capabilities is enbi’s fault, not the user’s', async () => {
  const refused = stage({ errors: 'unshare: unshare failed: Operation not permitted\n', ending: 1 });
  await expect(refused).rejects.toMatchObject({ name: 'InternalError' });
});
