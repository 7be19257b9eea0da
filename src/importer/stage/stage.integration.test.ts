import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anImportPod, type ImportPod } from '../../../test/support/import-pod.ts';

let pod: ImportPod;
beforeEach(async () => {
  pod = await anImportPod(undefined);
});
afterEach(() => pod[Symbol.asyncDispose]());

async function staged(body: string, caps = {}) {
  const outPath = await pod.built('stream', Buffer.from(`#!/bin/sh\n${body}\n`), 0o555);
  return pod.stage({ outPath }, caps);
}

/** What the script wrote to its standard error. */
function said(): string {
  return pod.lines
    .filter((line) => line.startsWith('script: '))
    .map((line) => line.slice('script: '.length))
    .join('\n');
}

describe('a script is run', () => {
  test('as nobody, without groups, capabilities or a way to get them', async () => {
    await staged('/usr/bin/id >&2; /bin/grep -E "Cap|NoNewPrivs" /proc/self/status >&2');
    expect(said()).toMatch(/uid=65534\S* gid=65534\S*( groups=65534\S*)?$/m);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect(said()).toMatch(new RegExp(`${set}:.0+$`, 'm'));
    }
    expect(said()).toMatch(/NoNewPrivs:.1$/m);
  });

  test('without a network', async () => {
    await staged('/bin/cat /proc/net/dev >&2; /bin/cat /proc/net/route >&2');
    const devices = [...said().matchAll(/^\s*(\w+):/gm)].map(([, device]) => device);
    expect(devices).toEqual(['lo']);
    expect(said()).not.toContain('00000000');
  });

  test('without environment, arguments or input', async () => {
    await staged('echo "arguments: $#" >&2; /usr/bin/env >&2; echo "input: $(/bin/cat)" >&2');
    const environment = said()
      .split('\n')
      .filter((line) => line.includes('='));
    // The shell sets these itself.
    expect(environment.filter((line) => !/^(PWD|_|SHLVL|OLDPWD)=/.test(line))).toEqual([]);
    expect(said()).toContain('arguments: 0');
    expect(said()).toMatch(/input: $/m);
  });

  test('and ended with all it started when its Pod is stopped, for another try', async () => {
    const marker = `${Math.floor(Math.random() * 1e6) + 1e6}.125`;
    const outPath = await pod.built('stream', Buffer.from(`#!/bin/sh\n/bin/sleep ${marker}\n`), 0o555);
    const stop = new AbortController();
    const ended = pod.stage({ outPath }, {}, stop.signal);
    await expect.poll(() => processesWith(marker), { timeout: 5000 }).not.toEqual([]);
    stop.abort();
    expect((await ended).result).toMatchObject({ ok: false, reason: 'PodLost', retry: true });
    await expect.poll(() => processesWith(marker), { timeout: 5000 }).toEqual([]);
  });

  test('and ended with all it started when it takes too long', async () => {
    const marker = `${Math.floor(Math.random() * 1e6) + 1e6}.125`;
    const { result } = await staged(`/bin/sleep ${marker} & /bin/sleep ${marker}`, { seconds: 0.5 });
    expect(result).toMatchObject({
      ok: false,
      reason: 'NotAnImage',
      message: expect.stringContaining('took more than'),
    });
    await expect.poll(() => processesWith(marker), { timeout: 5000 }).toEqual([]);
  });
});

async function processesWith(argument: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(`sleep\0${argument}`));
}

describe('the container’s result', () => {
  test('names a program that is none as the user’s mistake, with its last words', async () => {
    const { exitCode, result } = await staged('echo "usage: hello NAME" >&2; exit 2');
    expect(exitCode).toBe(10);
    expect(result).toMatchObject({ ok: false, reason: 'NotAnImage', logTail: 'usage: hello NAME\n' });
  });

  test('names an interpreter that is missing', async () => {
    const outPath = await pod.built('stream', Buffer.from('#!/nix/store/none/bin/bash\n'), 0o555);
    const { result } = await pod.stage({ outPath });
    expect(result).toMatchObject({ reason: 'NotAnImage', message: expect.stringContaining('failed to execute') });
  });

  test('names an output that is no program', async () => {
    const outPath = await pod.built('text', Buffer.from('hello'), 0o444);
    expect((await pod.stage({ outPath })).result).toMatchObject({ reason: 'NotAnImage' });
  });
});
