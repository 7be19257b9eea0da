import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FetchHasEnded, fetchEnds } from './fetch-life.ts';
import { createHandover } from './handover.ts';

let directory = '';
let started: ChildProcess[] = [];

/** Its end, which is listened for from the first: what hears of it by another way may be sooner or later. */
interface AFetch {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
}
const stop = new AbortController();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'enbi-life-'));
  started = [];
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** A process that shows its life, and goes on as the code says; it prints a line when it is seen. */
async function aFetch(code: string): Promise<AFetch> {
  const program = `
    import { showLife } from '${join(import.meta.dirname, 'fetch-life.ts')}';
    await showLife('${directory}');
    console.log('lives');
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.push(child);
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  return { child, closed };
}

const untilTold = "await new Promise((resolve) => process.stdin.once('data', resolve)); process.stdin.destroy();";

/** Whether the wait is over, and how. */
function waiting() {
  const wait = { over: '' };
  const ended = fetchEnds(directory, stop.signal).then(
    () => (wait.over = 'ended'),
    (error: Error) => (wait.over = error.message),
  );
  return { wait, ended };
}

test.each([
  ['ends by itself', untilTold, (child: ChildProcess) => child.stdin?.write('end\n')],
  ['throws', `${untilTold} process.exit(12);`, (child: ChildProcess) => child.stdin?.write('end\n')],
  ['is killed', 'setInterval(() => {}, 1000);', (child: ChildProcess) => child.kill('SIGKILL')],
])('build hears that fetch %s, and no sooner', async (_, code, end) => {
  const { wait, ended } = waiting();
  const { child, closed } = await aFetch(code);
  const late = waiting();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([wait.over, late.wait.over]).toEqual(['', '']);
  end(child);
  expect(await Promise.all([ended, late.ended])).toEqual(['ended', 'ended']);
  await closed;
  expect(await waiting().ended).toBe('ended');
});

test('whoever connects does not keep fetch from ending', async () => {
  const { child, closed } = await aFetch('');
  await closed;
  expect(child.exitCode).toBe(0);
});

test('build does not wait for ever for a fetch that does not begin', async () => {
  await expect(fetchEnds(directory, stop.signal, { patienceMs: 150 })).rejects.toMatchObject({
    reason: 'PodLost',
    message: 'the build was not begun: container fetch did not begin',
  });
});

test('build waits for a fetch that is begun anew after it was cancelled', async () => {
  const { wait, ended } = waiting();
  const { child, closed } = await aFetch(`${untilTold} (await import('node:fs')).rmSync('${directory}/fetch');`);
  child.stdin?.write('end\n');
  await closed;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(wait.over).toBe('');
  const next = await aFetch(untilTold);
  next.child.stdin?.write('end\n');
  expect(await ended).toBe('ended');
});

test('build waits for no fetch where none will begin, and hears of one that has ended all the same', async () => {
  const mark = join(directory, 'ended');
  const ended = fetchEnds(directory, stop.signal, { mark });
  writeFileSync(mark, '');
  await expect(ended).rejects.toBeInstanceOf(FetchHasEnded);
  const { closed } = await aFetch('');
  await closed;
  await expect(fetchEnds(directory, stop.signal, { mark })).resolves.toBeUndefined();
});

test('build waits for a fetch that takes longer than it may take to begin', async () => {
  const { child } = await aFetch(untilTold);
  const ended = fetchEnds(directory, stop.signal, { patienceMs: 100 });
  await new Promise((resolve) => setTimeout(resolve, 400));
  child.stdin?.write('end\n');
  await expect(ended).resolves.toBeUndefined();
});

test.each([
  ['before fetch has begun', false],
  ['while fetch runs', true],
])('build ends when its Pod is stopped, %s', async (_, runs) => {
  if (runs) await aFetch(untilTold);
  const stopped = new AbortController();
  const ended = fetchEnds(directory, stopped.signal);
  setTimeout(() => stopped.abort(), 200);
  await expect(ended).rejects.toMatchObject({ reason: 'PodLost', message: 'the Pod was told to stop' });
});

test('what is handed over stands whole or is not there', async () => {
  const handover = createHandover(directory);
  await expect(handover.read()).rejects.toMatchObject({ reason: 'PodLost' });
  const handed = { lockedUrl: 'git+https://h/x', source: 'path:/nix/store/x' };
  await handover.write(handed);
  expect(await handover.read()).toEqual(handed);
});
