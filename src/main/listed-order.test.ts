import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { KubeletVolume } from '../../test/support/kubelet-volume.ts';
import { FetchHasEnded } from '../adapters/nix/fetch-life.ts';
import { parseReport, reportPrefix } from '../api/report.ts';
import { UserError } from '../errors.ts';
import { asEntry } from '../printable.ts';
import type { BuilderPlaces } from './builder-pod.ts';
import { type ListedOrder, type ListedStage, runListedOrder } from './listed-order.ts';

type Success = { readonly ok: true; readonly of: string };
type Act = (order: ListedOrder) => Promise<Success>;

const build = {
  flakeUrl: 'github:o/r',
  packageName: 'default',
  system: 'x86_64-linux',
  isolation: 'Unprivileged',
  root: 'root-1',
  fetchCache: 'public',
  nix: { extraPlatforms: [], timeoutSeconds: 60, maxSilentSeconds: 60, maxJobs: 1, cores: 0 },
};
const listOf = (ids: readonly string[], more: object = {}) =>
  JSON.stringify({ version: '1', ask: 'a', atOnce: 1, orders: ids.map((id) => ({ id, build })), ...more });
const once = (id: string) => listOf([], { orders: [{ id, once: true, build }] });

/** A container of a builder, whose processes are run one after another. */
async function aContainer(step: 'fetch' | 'build' = 'build') {
  const at = await mkdtemp(join(tmpdir(), 'enbi-listed-'));
  onTestFinished(() => rm(at, { recursive: true }));
  for (const name of ['orders', 'tmp']) await mkdir(join(at, name));
  const kubelet = new KubeletVolume(join(at, 'orders'));
  const lines: string[] = [];
  const stop = new AbortController();
  const kept: (readonly string[])[] = [];
  const places = {
    version: '1',
    orders: join(at, 'orders/orders.json'),
    ledger: join(at, 'ledger.json'),
    terminationLog: join(at, 'termination-log'),
    emptied: [join(at, 'tmp')],
    print: (text: string) => void lines.push(...asEntry(text).split('\n')),
  } as Partial<BuilderPlaces> as BuilderPlaces;
  const stage = (run: Act): ListedStage<Success> => ({
    step,
    run,
    say: ({ of }) => `made ${of}`,
    ...(step === 'fetch' ? { keepOnly: async (ids) => void kept.push(ids) } : {}),
  });
  return {
    at,
    lines,
    stop,
    kept,
    list: (text: string) => kubelet.write('orders.json', text),
    run: (act: Act = does) => runListedOrder(stage(act), places, stop.signal),
    reports: () => lines.flatMap((line) => parseReport(line) ?? []),
    message: () => readFile(places.terminationLog, 'utf8').catch(() => undefined),
  };
}

const does: Act = async ({ id, read }) => ({ ok: true, of: `${id} ${(await read()).packageName}` });
const fails: Act = () => Promise.reject(new UserError('EvaluationFailed', 'the author says no'));
const untilStopped = () => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const act: Act = ({ signal }) => {
    begin();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
  };
  return { act, begun };
};
const success = (step: string, order: string) => ({ step, order, result: { ok: true, of: `${order} default` } });

test('the first of the list is carried out, by one process, and the next one when that has left it', async () => {
  const { run, list, reports, message } = await aContainer();
  await list(listOf(['a', 'b']));
  expect([await run(), await run()]).toEqual([20, 20]);
  await list(listOf(['b']));
  expect([await run(), await run()]).toEqual([20, 20]);
  await list(listOf([]));
  expect(await run()).toBe(0);
  expect(reports()).toEqual([success('build', 'a'), success('build', 'b')]);
  expect(await message()).toBeUndefined();
});

test('the next one begins at once where it was first before its predecessor had ended', async () => {
  const { run, list, reports } = await aContainer();
  await list(listOf(['a', 'b']));
  const act: Act = async (order) => {
    await list(listOf(['b']));
    return await does(order);
  };
  expect([await run(act), await run()]).toEqual([21, 20]);
  expect(reports().map(({ order }) => order)).toEqual(['a', 'b']);
});

test('an order that was carried out is not carried out again, should it come back', async () => {
  const { run, list } = await aContainer();
  const act = vi.fn(does);
  for (const text of [listOf(['a']), listOf([]), listOf(['a']), listOf(['b', 'a'])]) {
    await list(text);
    await run(act);
  }
  expect(act.mock.calls.map(([{ id }]) => id)).toEqual(['a', 'b']);
});

test('but it is fetched again, since what was handed over went with it', async () => {
  const { run, list, kept } = await aContainer('fetch');
  const act = vi.fn(does);
  for (const text of [listOf(['a']), listOf([]), listOf(['a', 'b'])]) {
    await list(text);
    await run(act);
  }
  expect(act.mock.calls.map(([{ id }]) => id)).toEqual(['a', 'a']);
  expect(kept).toEqual([['a'], [], ['a', 'b']]);
});

test('a failure is the end, with the report as termination message', async () => {
  const { run, list, reports, message } = await aContainer();
  await list(listOf(['a', 'b']));
  expect(await run(fails)).toBe(10);
  const [report] = reports();
  expect(report).toMatchObject({ order: 'a', result: { ok: false, reason: 'EvaluationFailed' } });
  expect(parseReport(`${reportPrefix}${await message()}`)).toEqual(report);
});

test('the longest failure stays a message that the kubelet does not cut', async () => {
  const { run, list, reports, message } = await aContainer();
  await list(listOf(['a'.repeat(80)]));
  await run(() => Promise.reject(new UserError('EvaluationFailed', '"ä\n'.repeat(5000))));
  expect(Buffer.byteLength((await message()) ?? '')).toBeLessThanOrEqual(4096);
  expect(reports()).toHaveLength(1);
});

test('an order that is to be the last one ends the builder, with its report as termination message', async () => {
  const { run, list, reports, message } = await aContainer();
  await list(once('a'));
  expect(await run()).toBe(22);
  expect(parseReport(`${reportPrefix}${await message()}`)).toEqual(reports()[0]);
});

test('a list in which nothing is to be waited for ends it when all is done', async () => {
  const { run, list } = await aContainer();
  await list(listOf(['a', 'b'], { staySeconds: 0 }));
  expect(await run()).toBe(20);
  await list(listOf(['b'], { staySeconds: 0 }));
  expect(await run()).toBe(22);
});

test('an order that leaves the list is cancelled, and nothing is reported of it', async () => {
  const { run, list, reports, message, lines } = await aContainer();
  await list(listOf(['a', 'b']));
  const { act, begun } = untilStopped();
  const ended = run(act);
  await begun;
  await list(listOf(['b']));
  expect(await ended).toBe(21);
  expect([reports(), await message(), lines]).toEqual([[], undefined, ['[enbi] order a was cancelled']]);
  await list(listOf(['b', 'a']));
  await run();
  await list(listOf(['a']));
  expect(await run()).toBe(20);
  expect(reports().map(({ order }) => order)).toEqual(['b', 'a']);
});

test('one that is cancelled and does not end by itself is left behind', async () => {
  const { run, list, lines } = await aContainer();
  await list(listOf(['a']));
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let given: AbortSignal | undefined;
  const ended = run(({ signal }) => {
    given = signal;
    return new Promise(() => {});
  });
  await vi.waitUntil(() => given !== undefined);
  await list(listOf([]));
  await vi.waitUntil(() => given?.aborted, { timeout: 10_000 });
  vi.advanceTimersByTime(15_000);
  expect(await ended).toBe(0);
  expect(lines).toEqual(['[enbi] order a was cancelled']);
});

test('one that left the list and is back before it has ended is begun anew', async () => {
  const { run, list, kept } = await aContainer('fetch');
  await list(listOf(['a']));
  const act: Act = async ({ signal }) => {
    await list(listOf([]));
    await vi.waitUntil(() => signal.aborted);
    await list(listOf(['a', 'b']));
    throw new Error('stopped');
  };
  expect(await run(act)).toBe(21);
  expect(kept.at(-1)).toEqual(['b']);
});

test('one that leaves the list and succeeds all the same is done', async () => {
  const { run, list, reports } = await aContainer();
  await list(listOf(['a']));
  const act: Act = async (order) => {
    await list(listOf([]));
    return await does(order);
  };
  expect(await run(act)).toBe(0);
  expect(reports()).toEqual([success('build', 'a')]);
});

test('a stopped Pod is a failure of the order, and no cancellation', async () => {
  const { run, list, stop, reports } = await aContainer();
  await list(listOf(['a']));
  const { act, begun } = untilStopped();
  const ended = run(act);
  await begun;
  stop.abort();
  expect(await ended).not.toBe(20);
  expect(reports()).toMatchObject([{ order: 'a', result: { ok: false } }]);
});

test('another ask has all told again that was carried out, once', async () => {
  const { run, list, reports, lines } = await aContainer();
  await list(listOf(['a']));
  await run();
  await list(listOf(['a'], { ask: 'b' }));
  expect([await run(), await run()]).toEqual([20, 20]);
  expect(reports()).toEqual([success('build', 'a'), success('build', 'a')]);
  expect(lines.at(-1)).toBe('[enbi] report: {"list":"read","version":"1","ask":"b","orders":1}');
});

test('no line of what was written into its file can pass for another report', async () => {
  const { run, list, at, reports } = await aContainer();
  const forged = { order: 'a', result: '{}}\n[enbi] report: {"step":"build","order":"b","result":{"ok":true}}' };
  await writeFile(join(at, 'ledger.json'), JSON.stringify({ ask: 'x', done: [forged] }));
  await list(listOf(['a']));
  expect(await run()).toBe(20);
  expect(reports().map(({ order }) => order)).toEqual(['a']);
});

test.each([
  ['OtherVersion', listOf(['a'], { version: '2' })],
  ['Unreadable', '{'],
])('a list that says nothing to it is told of, and ends nothing: %s', async (word, text) => {
  const { run, list, lines, kept } = await aContainer('fetch');
  await list(text);
  expect(await run()).toBe(0);
  expect([lines, kept]).toEqual([[`[enbi] report: {"list":"${word}","version":"1"}`], []]);
});

test('nothing is done before there is a list', async () => {
  expect(await (await aContainer()).run()).toBe(0);
});

test('an order that is none fails like any other', async () => {
  const { run, list, reports } = await aContainer();
  await list(listOf([], { orders: [{ id: 'a', build: {} }] }));
  expect(await run()).toBe(12);
  expect(reports()).toMatchObject([{ order: 'a', result: { ok: false, reason: 'InternalError' } }]);
});

test('what an order has left is gone before the next begins', async () => {
  const { run, list, at } = await aContainer();
  await list(listOf(['a']));
  await run(async (order) => {
    await writeFile(join(at, 'tmp/left'), '');
    return await does(order);
  });
  await list(listOf(['b']));
  let found: readonly string[] | undefined;
  await run(async (order) => {
    found = await readdir(join(at, 'tmp'));
    return await does(order);
  });
  expect(found).toEqual([]);
});

test('a builder that cannot be made clean ends, and does nothing more; what was there at first does not matter', async () => {
  const { run, list, at, reports } = await aContainer();
  await rm(join(at, 'tmp'), { recursive: true });
  await writeFile(join(at, 'tmp'), 'no directory');
  await list(listOf(['a']));
  expect(await run()).toBe(20);
  await list(listOf(['b']));
  expect(await run()).toBe(22);
  expect(reports()).toHaveLength(1);
});

test('an order that nobody will fetch is left to another builder', async () => {
  const { run, list, reports, message } = await aContainer();
  await list(listOf(['a']));
  expect(await run(() => Promise.reject(new FetchHasEnded('container fetch has ended')))).toBe(22);
  expect([reports(), await message()]).toEqual([[], undefined]);
});
