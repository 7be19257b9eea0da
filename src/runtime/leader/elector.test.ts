import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransientError } from '../../errors.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { fieldsOf } from '../identity.ts';
import type { KubeClient } from '../kube-client.ts';
import { MemoryKubeClient } from '../memory-kube/memory-kube-client.ts';
import { MemoryLog } from '../memory-log.ts';
import { Elector } from './elector.ts';
import { leaseType, microTime } from './lease.ts';
import { timingOf } from './timing.ts';
import { WriteFence } from './write-fence.ts';

const at = { namespace: 'enbi', name: 'enbi-controller' };

describe('an elector', () => {
  let clock: FakeClock;
  let server: MemoryKubeClient;
  let replicas: { stop: AbortController; running: Promise<void> }[];

  beforeEach(() => {
    clock = new FakeClock();
    server = new MemoryKubeClient();
    replicas = [];
  });

  afterEach(async () => {
    for (const { stop } of replicas) stop.abort();
    await clock.advance(60_000);
    await Promise.all(replicas.map(({ running }) => running));
  });

  /** A process of its own, which may be cut off and may take long to end. */
  function aReplica(identity: string) {
    const stop = new AbortController();
    const log = new MemoryLog();
    const fence = new WriteFence(clock);
    const state = { leads: false, terms: 0, cutOff: false, passes: Promise.resolve() };
    const reach = <T>(call: () => Promise<T>): Promise<T> =>
      state.cutOff ? Promise.reject(new TransientError('NetworkUnreachable', 'no answer in time')) : call();
    const client: Pick<KubeClient, 'get' | 'create' | 'patch'> = {
      get: (...given) => reach(() => server.get(...given)),
      create: (type, namespace, lease) => reach(() => server.create(type, namespace, lease)),
      patch: (...given) => reach(() => server.patch(...given)),
    };
    const elector = new Elector({
      ...at,
      client,
      identity,
      fence,
      clock,
      log,
      timing: timingOf(15),
      random: () => 1,
      onChange: (leads) => void (state.leads = leads),
    });
    const lead = async (term: AbortSignal) => {
      state.terms += 1;
      await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }));
      await state.passes;
    };
    const running = elector.run(lead, stop.signal);
    replicas.push({ stop, running });
    return { state, fence, stop, running, elector, log };
  }

  const spec = async () => fieldsOf(fieldsOf(await server.get(leaseType, at))['spec']);

  it('leads at once when nobody does, and renews', async () => {
    const one = aReplica('one');
    await settle();
    expect([one.state.leads, one.fence.isOpen]).toEqual([true, true]);
    const start = microTime(clock.now());
    expect(start).toMatch(/\.\d{6}Z$/);
    await clock.advance(60_000);
    expect([one.state.terms, one.fence.isOpen]).toEqual([1, true]);
    expect(await spec()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15, acquireTime: start });
    expect((await spec())['renewTime']).toBe(microTime(clock.now()));
  });

  it('stands by while another leads, however long', async () => {
    aReplica('one');
    await settle();
    const two = aReplica('two');
    await clock.advance(600_000);
    expect([two.state.terms, two.fence.isOpen]).toEqual([0, false]);
    expect(() => two.fence.check()).toThrow('another replica may lead');
  });

  it('of a crowd leads one', async () => {
    const crowd = ['one', 'two', 'three'].map(aReplica);
    await settle();
    expect(crowd.filter(({ state }) => state.leads)).toHaveLength(1);
  });

  it('that is cut off has stopped before another leads, which is before 20 seconds', async () => {
    const one = aReplica('one');
    await settle();
    const two = aReplica('two');
    await settle();
    one.state.cutOff = true;
    const [from, leaders] = [clock.now().getTime(), [] as string[]];
    while (!two.state.leads) {
      expect(one.fence.isOpen && two.fence.isOpen).toBe(false);
      await clock.advance(100);
      leaders.push(`${one.fence.isOpen ? 'one' : ''}${two.fence.isOpen ? 'two' : ''}`);
    }
    expect(clock.now().getTime() - from).toBeLessThanOrEqual(20_000);
    expect([...new Set(leaders)]).toEqual(['one', '', 'two']);
    expect(one.state.leads).toBe(false);
    expect(await spec()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  });

  it('leads again after a short trouble without another term', async () => {
    const one = aReplica('one');
    await settle();
    one.state.cutOff = true;
    await clock.advance(7000);
    one.state.cutOff = false;
    await clock.advance(20_000);
    expect([one.state.terms, one.fence.isOpen]).toEqual([1, true]);
  });

  it('hands over at once when it is stopped, but not before its last pass has ended', async () => {
    const one = aReplica('one');
    await settle();
    const two = aReplica('two');
    await settle();
    const pass = Promise.withResolvers<void>();
    one.state.passes = pass.promise;
    one.stop.abort();
    await clock.advance(30_000);
    expect([one.fence.isOpen, two.state.leads]).toEqual([true, false]);
    pass.resolve();
    await settle();
    expect([one.fence.isOpen, await spec()]).toMatchObject([false, { holderIdentity: '' }]);
    two.elector.look();
    await settle();
    expect(two.state.leads).toBe(true);
  });

  it('stops as soon as it learns that another holds the lease, or that it was deleted', async () => {
    const one = aReplica('one');
    await settle();
    await server.patch(leaseType, at, { spec: { holderIdentity: 'thief' } });
    one.elector.look();
    await settle();
    expect([one.state.leads, one.fence.isOpen]).toEqual([false, false]);
    await clock.advance(15_000);
    expect([one.state.leads, one.state.terms]).toEqual([true, 2]);
    await server.delete(leaseType, at, {});
    await clock.advance(2000);
    expect(one.state.terms).toBe(3);
  });

  it('takes no annotation for a loss', async () => {
    const one = aReplica('one');
    await settle();
    await server.patch(leaseType, at, { metadata: { annotations: { a: 'b' } } });
    await clock.advance(20_000);
    expect([one.state.terms, one.fence.isOpen]).toEqual([1, true]);
  });

  it('takes up its own lease when its Pod is restarted', async () => {
    const raw = { metadata: at, spec: { holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 4 } };
    server.put(leaseType, raw);
    const one = aReplica('one');
    await settle();
    expect([one.state.leads, (await spec())['leaseTransitions']]).toEqual([true, 4]);
  });

  it('fails when what it leads fails', async () => {
    const elector = new Elector({
      ...at,
      client: server,
      identity: 'one',
      fence: new WriteFence(clock),
      clock,
      log: new MemoryLog(),
      timing: timingOf(15),
      random: () => 1,
    });
    const running = elector.run(() => Promise.reject(new Error('defect')), new AbortController().signal);
    const failed = expect(running).rejects.toThrow('defect');
    await clock.advance(3000);
    await failed;
  });
});

describe('a fence', () => {
  it('is closed by the clock, though no timer has run: the process stood still', async () => {
    const wall = { offset: 0 };
    const still = new FakeClock();
    const clock = {
      now: () => new Date(still.now().getTime() + wall.offset),
      monotonicMs: () => still.monotonicMs(),
      setTimer: () => () => undefined,
    };
    const fence = new WriteFence(clock);
    fence.keepOpen({ monotonicMs: clock.monotonicMs(), wallMs: clock.now().getTime() }, 10_000);
    const { signal } = fence;
    await still.advance(9999);
    expect([fence.isOpen, signal.aborted]).toEqual([true, false]);
    // A machine that slept: the monotonic clock slept along.
    wall.offset = 1;
    expect([fence.isOpen, signal.aborted]).toEqual([false, true]);
  });
});
