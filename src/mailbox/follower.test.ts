import { expect, it } from 'vitest';
import { aContainer, aPod } from '../../test/support/builders.ts';
import { ceilings } from '../api/ceilings.ts';
import { label } from '../api/labels.ts';
import { reportLine } from '../api/report.ts';
import { PolicyError, TransientError } from '../errors.ts';
import { FakeClock, settle } from '../runtime/fake-clock.ts';
import type { LogLine } from '../runtime/kube-client.ts';
import { MemoryLog } from '../runtime/memory-log.ts';
import { FollowedReports } from './followed-reports.ts';

type Answer = (signal: AbortSignal) => AsyncIterable<LogLine>;

function reportsFrom(answer: Answer) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const asked: string[] = [];
  const client = {
    followLog: ({ name }: { readonly name: string }, signal: AbortSignal) => {
      asked.push(name);
      return answer(signal);
    },
  };
  const pods = { subscribe: () => () => true };
  const reports = new FollowedReports({ client, clock, log, random: () => 1, pods });
  const stop = new AbortController();
  const running = reports.run(stop.signal);
  const end = async () => {
    stop.abort();
    await running;
    await settle();
  };
  return { clock, log, asked, reports, end };
}

async function* linesOf(...texts: readonly string[]): AsyncGenerator<LogLine> {
  for (const text of texts) yield await Promise.resolve({ time: '', text });
}

async function* refusing(error: Error): AsyncGenerator<LogLine> {
  yield await Promise.reject<LogLine>(error);
}

function builderOf(name: string) {
  const pod = podOf(name);
  return { ...pod, metadata: { ...pod.metadata, labels: { [label.builder]: 'kind' } } };
}

function podOf(name: string) {
  return aPod({ name, containers: [aContainer({ name: 'build', running: true })] });
}

it('asks no more for ten minutes when it may not read logs, and says so once', async () => {
  const { clock, log, asked, reports } = reportsFrom(() => refusing(new PolicyError('Forbidden', 'no')));
  for (const name of ['one', 'two']) reports.of(podOf(name), 'build');
  for (let minute = 0; minute < 9; minute++) {
    await clock.advance(60_000);
    expect(reports.of(podOf('one'), 'build')).toBeUndefined();
  }
  expect([asked, log.messages('warn').length]).toEqual([['one', 'two'], 1]);
  await clock.advance(60_000);
  reports.of(podOf('one'), 'build');
  expect(asked).toHaveLength(3);
});

it('asks later and later for a log that cannot be followed, and says nothing of it to people', async () => {
  const { clock, log, asked, reports } = reportsFrom(() => refusing(new TransientError('Unavailable', 'no kubelet')));
  reports.of(podOf('one'), 'build');
  const times: number[] = [];
  for (let second = 0; second < 120; second++) {
    const before = asked.length;
    await clock.advance(1000);
    if (asked.length > before) times.push(second + 1);
  }
  expect(times).toEqual([1, 3, 7, 15, 31, 61, 91]);
  expect(log.messages('warn')).toEqual([]);
});

it('does not read as fast as somebody writes', async () => {
  // Each stream ends at once, as one does that has told as much as was asked for.
  const { clock, asked, reports } = reportsFrom(() => linesOf(...Array.from({ length: 100 }, () => 'flood')));
  reports.of(podOf('one'), 'build');
  await clock.advance(600_000);
  expect(asked.length).toBeLessThan(30);
});

it('follows so many logs at once and no more', async () => {
  const { asked, reports, end } = reportsFrom(() => linesOf(reportLine({ step: 'build', order: 'a' }, '{}')));
  const most = ceilings.followedLogs.value;
  for (let at = 0; at < most + 5; at++) reports.of(podOf(`pod-${at}`), 'build');
  await settle();
  expect(asked).toHaveLength(most);
  expect(reports.of(podOf(`pod-${most}`), 'build')).toBeUndefined();
  expect(reports.of(podOf('pod-0'), 'build')?.report).toMatchObject({ order: 'a' });
  await end();
});

it('keeps little of whatever is said', async () => {
  const { reports } = reportsFrom(() => linesOf(`[enbi] progress: ${'x'.repeat(16_000)}`));
  reports.of(podOf('one'), 'build');
  await settle();
  expect(reports.of(podOf('one'), 'build')?.progress).toHaveLength(800);
});

it('leaves no timer behind, and listens to nothing before its term and after it', async () => {
  const { clock, asked, reports, end } = reportsFrom(() => refusing(new TransientError('Unavailable', 'no kubelet')));
  reports.of(podOf('one'), 'build');
  await settle();
  expect(clock.pending).toHaveLength(1);
  await end();
  expect(clock.pending).toEqual([]);
  reports.of(podOf('two'), 'build');
  expect(asked).toEqual(['one']);
});

it('tells each order of a builder apart, and goes on listening after a report', async () => {
  const told: (string | undefined)[] = [];
  const lines = (order: string) => [
    `[enbi] build begins: order ${order}`,
    `[enbi] progress: building ${order}`,
    reportLine({ step: 'build', order }, '{"ok":true}'),
  ];
  const { asked, clock, reports } = reportsFrom(() => linesOf(...lines('a'), ...lines('b')));
  reports.subscribe((pod) => told.push(reports.of(pod, 'build')?.report?.order));
  reports.of(builderOf('one'), 'build');
  await settle();
  expect(told).toEqual(['a', 'b']);
  expect(reports.of(builderOf('one'), 'build')).toMatchObject({ order: 'b', progress: 'building b' });
  await clock.advance(1000);
  expect(asked).toEqual(['one', 'one']);
});

it('hears nothing of an order in what a builder said before it', async () => {
  const { reports } = reportsFrom(() =>
    linesOf('[enbi] build begins: order a', '[enbi] progress: half of a', '[enbi] build begins: order b'),
  );
  reports.of(builderOf('one'), 'build');
  await settle();
  expect(reports.of(builderOf('one'), 'build')).toEqual({ order: 'b' });
});

it.each([
  ['of a step of another name', '[enbi] fetch begins: order b'],
  ['of no order', '[enbi] build begins: order A B'],
  ['of one too long', `[enbi] build begins: order ${'b'.repeat(81)}`],
])('a line %s begins none', async (_, line) => {
  const { reports } = reportsFrom(() => linesOf('[enbi] build begins: order a', line));
  reports.of(builderOf('one'), 'build');
  await settle();
  expect(reports.of(builderOf('one'), 'build')).toEqual({ order: 'a' });
});

it('says that a Pod is not heard where logs may not be read, or too many are', async () => {
  const { reports } = reportsFrom(() => refusing(new PolicyError('Forbidden', 'no')));
  expect(reports.hears(podOf('one'))).toBe(true);
  reports.of(podOf('one'), 'build');
  await settle();
  expect(reports.hears(podOf('one'))).toBe(false);
});

it('tells a report of another order, though its beginning was missed', async () => {
  const told: (string | undefined)[] = [];
  const report = (order: string) => reportLine({ step: 'build', order }, '{"ok":true}');
  const { reports } = reportsFrom(() => linesOf(report('a'), report('b')));
  reports.subscribe((pod) => told.push(reports.of(pod, 'build')?.report?.order));
  reports.of(builderOf('one'), 'build');
  await settle();
  expect(told).toEqual(['a', 'b']);
});
