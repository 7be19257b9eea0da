import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../../../src/runtime/kube-client.ts';
import type { Contender } from '../scale/contender.ts';
import { quantile } from '../scale/quantile.ts';
import type { Size } from '../scale/size.ts';
import { wave } from '../scale/wave.ts';
import { early, later } from './size.ts';

/** Of the others' builds, from a Pod's failure to the Job, and of the controller meanwhile. */
export interface Phase {
  readonly victimMsP50: number;
  readonly victimMsP99: number;
  readonly loopDelayMsP99: number;
  readonly loopDelayMsMax: number;
  /** Of one core, that the controller took. */
  readonly cpuShare: number;
}

export interface Figures {
  /** Of the controller's process, at its highest. */
  readonly rssMiB: number;
  readonly syncSeconds: number;
  /** As soon as the controller is ready, while it looks at what it has found. */
  readonly start: Phase;
  /** When no NixBuild waits to be looked at any more, and the hostile objects are written all the time. */
  readonly steady: Phase;
  /** From the start until then; at most `longestSettlingSeconds`. */
  readonly settledSeconds: number;
  /** The same requests to the API server as a build's, without a controller (bare.ts). */
  readonly bareMsP50: number;
}

export const group = 'victim';
const longestSettlingSeconds = 120;

export type Disturb = () => AsyncDisposable;

export async function controllerFigures(
  client: KubeClient,
  contender: Contender,
  disturb: Disturb,
): Promise<Omit<Figures, 'bareMsP50'>> {
  const startedAt = performance.now();
  const syncSeconds = await contender.ready();
  const begun = { cpuSeconds: 0, startedAt };
  const start = await phase(client, contender, early, begun);
  const settlingMsP99 = await settle(contender, startedAt);
  const settledSeconds = (performance.now() - startedAt) / 1000;
  await using churning = disturb();
  void churning;
  const steady = await phase(client, contender, later, await begin(contender));
  const { peak } = await contender.memory();
  return {
    rssMiB: rounded(peak),
    syncSeconds: rounded(syncSeconds),
    settledSeconds: rounded(settledSeconds),
    // Settling belongs to the start.
    start: { ...start, loopDelayMsP99: Math.max(start.loopDelayMsP99, rounded(settlingMsP99)) },
    steady,
  };
}

interface Begun {
  readonly cpuSeconds: number;
  readonly startedAt: number;
}

async function begin(contender: Contender): Promise<Begun> {
  return { cpuSeconds: (await readings(contender)).cpuSeconds, startedAt: performance.now() };
}

async function phase(client: KubeClient, contender: Contender, size: Size, begun: Begun): Promise<Phase> {
  const waits = await wave(client, group, size);
  const { p99, max, cpuSeconds } = await readings(contender);
  const seconds = (performance.now() - begun.startedAt) / 1000;
  return {
    victimMsP50: rounded(quantile(waits, 0.5)),
    victimMsP99: rounded(quantile(waits, 0.99)),
    loopDelayMsP99: rounded(p99),
    loopDelayMsMax: rounded(max),
    cpuShare: Math.round(((cpuSeconds - begun.cpuSeconds) / seconds) * 100) / 100,
  };
}

/** Until no NixBuild waits to be looked at; returns the worst delay of the loop, of ten seconds each. */
async function settle(contender: Contender, startedAt: number): Promise<number> {
  let worstMs = 0;
  for (;;) {
    const { p99, waiting } = await readings(contender);
    worstMs = Math.max(worstMs, p99);
    if (waiting === 0 || performance.now() - startedAt > longestSettlingSeconds * 1000) return worstMs;
    await sleep(10_000);
  }
}

/** The delays of the loop are of the time since they were last asked for. */
async function readings(contender: Contender) {
  const text = await contender.get('/metrics');
  const number = (line: string) => Number(new RegExp(`^${line} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    p99: number('nodejs_eventloop_lag_p99_seconds') * 1000,
    max: number('nodejs_eventloop_lag_max_seconds') * 1000,
    cpuSeconds: number('process_cpu_seconds_total'),
    waiting: number('workqueue_depth\\{name="builds"\\}'),
  };
}

export function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
