import { describe, expect, it, onTestFinished } from 'vitest';
import { reportLine } from '../api/report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KubeClient } from '../runtime/kube-client.ts';
import type { LiveLog } from '../runtime/memory-kube/live-log.ts';
import { MemoryLog } from '../runtime/memory-log.ts';
import type { Change } from '../runtime/store.ts';
import { FollowedReports } from './followed-reports.ts';

/** Where logs come from: an API server in memory, or the real one with a kubelet that is played. */
export interface LogSource {
  readonly client: Pick<KubeClient, 'followLog'>;
  readonly clock: Clock;
  readonly pass: (ms: number) => Promise<void>;
  /** Makes a Pod whose container `build` runs; the log of it. */
  readonly runPod: (name: string) => Promise<LiveLog>;
}

const line = (result: object, step: 'fetch' | 'build' = 'build') =>
  reportLine({ step, order: 'one' }, JSON.stringify(result));
const success = { ok: true };
const report = { step: 'build', order: 'one', result: success };

/** What reports do wherever they come from, proved in memory and on the real API server alike. */
export function describeReports(name: string, open: () => Promise<LogSource>): void {
  describe(name, () => {
    describeHearing(open);
    describeNoise(open);
    describeEnds(open);
  });
}

function describeHearing(open: () => Promise<LogSource>): void {
  it('tells progress and a report while the container runs, and of the report once', async () => {
    const { log, pod, said, told, until } = await listening(open);
    log.print('[enbi] build begins', '[enbi] progress: 1/2 built');
    await until(() => said()?.progress === '1/2 built');
    log.print(line(success), line(success));
    await until(() => said()?.report !== undefined);
    expect([said(), told]).toEqual([{ progress: '1/2 built', report }, [pod.metadata.name]]);
  });

  it('asks once, however often it is looked at', async () => {
    const { log, said, until, asked } = await listening(open);
    log.print('begins');
    await until(() => said() !== undefined);
    for (let look = 0; look < 20; look++) said();
    expect(asked()).toBe(1);
  });

  it('goes on where the stream was cut, with what it knew', async () => {
    const { log, said, until } = await listening(open);
    log.print('[enbi] progress: 1/2 built');
    await until(() => said() !== undefined);
    log.cut();
    log.print(line(success));
    await until(() => said()?.report !== undefined);
    expect(said()).toEqual({ progress: '1/2 built', report });
  });

  it('finds the report at the end of a log of any length', async () => {
    const { said, until, asked } = await listening(open, (empty) => {
      for (let at = 0; at < 100_000; at++) empty.print(`hello> ${at} ${'x'.repeat(100)}`);
      empty.print(line(success));
    });
    await until(() => said()?.report !== undefined);
    expect(asked()).toBe(1);
  });
}

function describeNoise(open: () => Promise<LogSource>): void {
  it.each([
    ['half a line', line(success).slice(0, -4)],
    ['a line of a mebibyte', `[enbi] report: ${'x'.repeat(2 ** 20)}`],
    ['one of another step', line(success, 'fetch')],
    ["a builder's", `hello> ${line(success)}`],
  ])('takes no report from %s, and the next one', async (_, wrong) => {
    const { log, pod, said, until, told } = await listening(open);
    log.print('begins', wrong, '[enbi] progress: past it');
    await until(() => said()?.progress === 'past it');
    expect(said()?.report).toBeUndefined();
    log.print(line(success));
    await until(() => said()?.report !== undefined);
    expect(told).toEqual([pod.metadata.name]);
  });

  it('holds on to the newest of several', async () => {
    const { log, said, until } = await listening(open);
    log.print(line({ ok: false }), line(success), '[enbi] progress: last');
    await until(() => said()?.progress === 'last');
    expect(said()?.report).toEqual(report);
  });

  it('hears 64 Pods at once', async () => {
    const source = await open();
    const { reports, told, asked, until } = await reportsFrom(source);
    const pods = Array.from({ length: 64 }, (_, at) => podOf(`many-${at}`));
    const logs = await Promise.all(pods.map(({ metadata }) => source.runPod(metadata.name)));
    for (const pod of pods) reports.of(pod, 'build');
    for (const log of logs) log.print(line(success));
    await until(() => pods.every((pod) => reports.of(pod, 'build')?.report !== undefined));
    expect([new Set(told).size, asked()]).toEqual([64, 64]);
  });
}

function describeEnds(open: () => Promise<LogSource>): void {
  it('ends with the container, and forgets it', async () => {
    const { log, said, change, pod, until } = await listening(open);
    log.print(line(success));
    await until(() => said() !== undefined && log.followers === 1);
    change({ before: pod, after: { ...pod, containers: [buildThat(false)] } });
    await until(() => log.followers === 0);
  });

  it('ends with the Pod, and knows nothing of the one that has its name after it', async () => {
    const { log, said, change, pod, reports, until } = await listening(open);
    log.print(line(success));
    await until(() => said()?.report !== undefined && log.followers === 1);
    change({ before: pod });
    await until(() => log.followers === 0);
    const next = { ...pod, metadata: { ...pod.metadata, uid: 'another' } };
    expect(reports.of(next, 'build')).toBeUndefined();
  });

  it('ends with the term, and listens again in the next', async () => {
    const { log, said, end, begin, until } = await listening(open);
    log.print(line(success));
    await until(() => said()?.report !== undefined && log.followers === 1);
    await end();
    await until(() => log.followers === 0);
    expect(said()).toBeUndefined();
    begin();
    await until(() => said()?.report !== undefined);
  });

  it('stops when all was said and the container has ended', async () => {
    const { log, said, until, asked, pass } = await listening(open);
    log.print(line(success));
    log.end();
    await until(() => said()?.report !== undefined);
    await pass(3000);
    expect(asked()).toBe(1);
  });
}

let count = 0;

async function listening(open: () => Promise<LogSource>, before: (log: LiveLog) => void = () => undefined) {
  const source = await open();
  const pod = podOf(`reporter-${++count}`);
  const log = await source.runPod(pod.metadata.name);
  before(log);
  const from = await reportsFrom(source);
  const said = () => from.reports.of(pod, 'build');
  said();
  return { ...from, pod, log, said, pass: source.pass };
}

async function reportsFrom({ client, clock, pass }: LogSource) {
  let asked = 0;
  const counted = {
    followLog: (...given: Parameters<typeof client.followLog>) => {
      asked++;
      return client.followLog(...given);
    },
  };
  const changes = new Set<(change: Change<PodView>) => void>();
  const pods = {
    subscribe: (listener: (change: Change<PodView>) => void) => {
      changes.add(listener);
      return () => changes.delete(listener);
    },
  };
  const reports = new FollowedReports({ client: counted, clock, random: () => 0.5, log: new MemoryLog(), pods });
  const told: string[] = [];
  reports.subscribe((pod) => told.push(pod.metadata.name));
  let stop = new AbortController();
  let running = reports.run(stop.signal);
  onTestFinished(() => stop.abort());
  return {
    reports,
    told,
    asked: () => asked,
    change: (change: Change<PodView>) => {
      for (const listener of changes) listener(change);
    },
    begin: () => {
      stop = new AbortController();
      running = reports.run(stop.signal);
    },
    end: async () => {
      stop.abort();
      await running;
    },
    until: async (isSo: () => boolean) => {
      for (let turn = 0; turn < 400 && !isSo(); turn++) await pass(50);
      expect(isSo()).toBe(true);
    },
  };
}

function podOf(name: string): PodView {
  const metadata = { name, namespace: 'team', uid: `uid-${name}`, resourceVersion: '1' };
  const nothing = { reason: '', message: '', unschedulable: '', disruption: '' };
  return { metadata, phase: 'Running', ...nothing, containers: [buildThat(true)] };
}

function buildThat(running: boolean): PodView['containers'][number] {
  return { list: 'app', name: 'build', image: 'enbi', pullPolicy: 'Never', running };
}
