import { expect, it } from 'vitest';
import { aContainer, aPod } from '../../test/support/builders.ts';
import { ceilings } from '../api/ceilings.ts';
import { orderReportLine } from '../api/order-report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { PolicyError } from '../errors.ts';
import { FakeClock, settle } from '../runtime/fake-clock.ts';
import type { LogLine, LogSelection } from '../runtime/kube-client.ts';
import { LiveLog } from '../runtime/memory-kube/live-log.ts';
import { MemoryLog } from '../runtime/memory-log.ts';
import { FollowedOrders } from './followed-orders.ts';

type Answer = (signal: AbortSignal, selection: LogSelection) => AsyncIterable<LogLine>;

const agentPod = (name: string) => aPod({ name, containers: [{ ...aContainer({ name: 'agent' }), running: true }] });
const pod = agentPod('hello-1');
const running = orderReportLine({ order: 'a', state: 'running' });
const done = orderReportLine({ order: 'a', state: 'done', result: { ok: true } });

function ordersFrom(...answers: readonly Answer[]) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  let asked = 0;
  let seen: (change: { readonly before?: PodView; readonly after?: PodView }) => void = () => {};
  const client = {
    followLog: (selection: LogSelection, signal: AbortSignal) => (answers[asked++] ?? never)(signal, selection),
  };
  const pods = {
    subscribe: (listener: typeof seen) => {
      seen = listener;
      return () => true;
    },
  };
  const orders = new FollowedOrders({ client, clock, log, random: () => 1, session: 'me', pods });
  const told: string[] = [];
  orders.subscribe(({ metadata }) => void told.push(metadata.name));
  void orders.run(new AbortController().signal);
  return {
    orders,
    clock,
    log,
    told,
    asked: () => asked,
    change: (after?: PodView, before = pod) => seen({ before, ...(after === undefined ? {} : { after }) }),
  };
}

async function* never(signal: AbortSignal): AsyncGenerator<LogLine> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  yield* [];
}

function saying(...texts: readonly string[]): Answer {
  return async function* () {
    for (const text of texts) yield await Promise.resolve({ time: '', text });
  };
}

function goingOnAfter(text: string): Answer {
  return async function* (signal, selection) {
    yield* saying(text)(signal, selection);
    yield* never(signal);
  };
}

it('keeps the newest of each order, and tells of each that is another', async () => {
  const { orders, told } = ordersFrom(saying(running, '[enbi] a: any line', running, done));
  expect(orders.of(pod, 'a')).toBeUndefined();
  await settle();
  expect([orders.of(pod, 'a')?.state, orders.of(pod, 'b')]).toEqual(['done', undefined]);
  // Running, done, and that the stream was cut.
  expect(told.length).toBe(3);
});

it('asks with another word after each cut, and what was done before stays so', async () => {
  const { orders, clock } = ordersFrom(saying(done), saying(running));
  orders.of(pod, 'a');
  expect(orders.ask(pod)).toBe('me-0');
  await settle();
  expect(orders.ask(pod)).toBe('me-1');
  await clock.advance(2000);
  expect([orders.of(pod, 'a')?.state, orders.ask(pod)]).toEqual(['done', 'me-2']);
});

it('hears nothing where logs may not be read, says so once, and tries again later', async () => {
  const refuse: Answer = async function* () {
    yield await Promise.reject<LogLine>(new PolicyError('Forbidden', 'no'));
  };
  const { orders, clock, log, asked, told } = ordersFrom(refuse, refuse);
  orders.of(pod, 'a');
  await settle();
  orders.of(pod, 'a');
  expect([orders.hears(pod), asked(), told.length, log.messages('warn').length]).toEqual([false, 1, 1, 1]);
  await clock.advance(600_000);
  expect(orders.hears(pod)).toBe(true);
});

it('tells of every agent that it hears no longer, so that each is given its orders anew', async () => {
  const refuse: Answer = async function* () {
    yield await Promise.reject<LogLine>(new PolicyError('Forbidden', 'no'));
  };
  const { orders, told } = ordersFrom(never, refuse);
  orders.of(pod, 'a');
  orders.of(agentPod('hello-2'), 'b');
  await settle();
  expect([told, orders.hears(pod)]).toEqual([['hello-1', 'hello-2'], false]);
});

it('listens to no more than so many at once, and to the next when one has ended', async () => {
  const { orders, asked, change } = ordersFrom();
  const others = Array.from({ length: ceilings.followedLogs.value }, (_, at) => agentPod(`other-${at}`));
  for (const other of others) orders.of(other, 'a');
  expect([orders.of(pod, 'a'), orders.hears(pod), asked()]).toEqual([undefined, false, others.length]);
  expect(others.filter((other) => !orders.hears(other))).toEqual([]);
  change(undefined, others[0]);
  orders.of(pod, 'a');
  expect([orders.hears(pod), asked()]).toEqual([true, others.length + 1]);
});

it('listens no longer to an agent whose list is empty, and again when it is asked of', async () => {
  const { orders, asked, change } = ordersFrom(goingOnAfter(running), saying(done));
  const withOrders = (...ids: readonly string[]) => ({ ...pod, orders: { digest: ids.join(), ask: '', ids } });
  orders.of(pod, 'a');
  await settle();
  change(withOrders('a'), pod);
  change(withOrders('a', 'b'), withOrders('a'));
  expect(orders.of(pod, 'a')?.state).toBe('running');
  change(withOrders(), withOrders('a', 'b'));
  orders.of(pod, 'a');
  await settle();
  expect([orders.of(pod, 'a')?.state, asked()]).toEqual(['done', 2]);
});

it('listens to nobody who does not run, and no longer to who has ended', async () => {
  const { orders, asked, change } = ordersFrom(saying(done));
  orders.of(aPod({ containers: [aContainer({ name: 'agent' })] }), 'a');
  expect(asked()).toBe(0);
  orders.of(pod, 'a');
  await settle();
  change();
  expect(orders.ask(pod)).toBe('me-0');
});

it('knows nothing after a cut of what ran before: it may be done, and its report lost', async () => {
  const { orders } = ordersFrom(saying(running));
  orders.of(pod, 'a');
  await settle();
  expect([orders.of(pod, 'a'), orders.ask(pod)]).toEqual([undefined, 'me-1']);
});

/** In bytes, as a kubelet counts them: its time stands before each line, and a character has three at most for each unit of a string. */
const longestLine = `[enbi] ${'i'.repeat(80)}: ${'x'.repeat(2000 * 3 + 40)}`;

it('hears what comes after the longest lines that others can have an agent print', async () => {
  const log = new LiveLog();
  log.print(...Array.from({ length: 1500 }, () => longestLine));
  const read: Answer = (signal, selection) => log.read(selection, signal);
  const { orders } = ordersFrom(read, read);
  orders.of(pod, 'a');
  await settle();
  log.print(running, done);
  await expect.poll(() => orders.of(pod, 'a')?.state).toBe('done');
});

it('asks of what runs when nothing was heard for two minutes, and again, but not of what is done', async () => {
  const { orders, clock } = ordersFrom(goingOnAfter(running));
  orders.of(pod, 'a');
  await settle();
  expect(orders.of(pod, 'a')?.state).toBe('running');
  await clock.advance(119_000);
  expect(orders.ask(pod)).toBe('me-0');
  await clock.advance(1000);
  expect(orders.ask(pod)).toBe('me-1');
  expect(orders.of(pod, 'a')).toBeUndefined();

  const over = ordersFrom(goingOnAfter(done));
  over.orders.of(pod, 'a');
  await settle();
  await over.clock.advance(600_000);
  expect(over.orders.ask(pod)).toBe('me-0');
});

it('asks once after a cut, however long it is silent then', async () => {
  const { orders, clock } = ordersFrom(saying(running));
  orders.of(pod, 'a');
  await settle();
  expect(orders.ask(pod)).toBe('me-1');
  await clock.advance(600_000);
  expect(orders.ask(pod)).toBe('me-1');
});
