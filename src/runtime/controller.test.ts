import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PolicyError, TransientError, UserError } from '../errors.ts';
import { errorFor } from './api-status.ts';
import { type Controller, createController } from './controller.ts';
import type { PassOutcome } from './controller-observer.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { identityOf } from './identity.ts';
import type { ResourceType } from './kube-client.ts';
import { MemoryKubeClient } from './memory-kube/memory-kube-client.ts';
import { MemoryLog } from './memory-log.ts';
import { type Plan, settled } from './plan.ts';
import { unobservedQueue } from './queue-observer.ts';
import { runControllers } from './run-controllers.ts';

const things: ResourceType = { apiVersion: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
const manifest = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'one', namespace: 'team' } };

describe('a controller', () => {
  let stop: AbortController;
  let clock: FakeClock;
  let log: MemoryLog;
  let client: MemoryKubeClient;
  let outcomes: PassOutcome[];
  let running: Promise<void>;

  beforeEach(() => {
    stop = new AbortController();
    clock = new FakeClock();
    log = new MemoryLog();
    client = new MemoryKubeClient();
    outcomes = [];
    running = Promise.resolve();
  });

  afterEach(async () => {
    stop.abort();
    await running;
  });

  function aController(
    reconcile: (key: string) => Promise<Plan | undefined>,
    waitFor = [{ synced: true, whenSynced: Promise.resolve() }],
  ) {
    const events = { emit: () => Promise.resolve() };
    const apply = { client, resourceTypes: [things], stores: [], events, fieldManager: 'enbi' };
    const observer = { queue: unobservedQueue, reconciled: (outcome: PassOutcome) => void outcomes.push(outcome) };
    return createController({ name: 'things', reconcile, waitFor, ...apply, log, clock, random: () => 1, observer });
  }

  async function start(controller: Controller): Promise<Controller> {
    running = runControllers({ reflectors: [], controllers: [controller] }, stop.signal);
    controller.add('team/one');
    await settle();
    return controller;
  }

  it('applies the plan, says so once, and looks again when the plan asks for it', async () => {
    let passes = 0;
    await start(
      aController(async () =>
        ++passes === 1
          ? { because: 'JobMissing', actions: [{ type: 'create', manifest }], recheckAfterMs: 5000 }
          : settled('Running'),
      ),
    );
    expect(client.writes).toEqual(['create Thing team/one']);
    const fields = { controller: 'things', key: 'team/one', because: 'JobMissing', actions: ['create Thing team/one'] };
    expect(log.lines).toEqual([{ level: 'info', message: 'plan applied', fields }]);
    await clock.advance(5000);
    expect(log.messages('debug')).toEqual(['settled']);
    expect(outcomes).toEqual(['applied', 'applied']);
  });

  it('does nothing when there is nothing to do', async () => {
    await start(aController(() => Promise.resolve(undefined)));
    expect([log.lines, clock.pending]).toEqual([[], []]);
  });

  it('runs again at once after a conflict, without a warning', async () => {
    const { uid, resourceVersion } = identityOf(client.put(things, manifest));
    await client.patch(things, manifest.metadata, { spec: {} });
    const ref = { apiVersion: 'v1', kind: 'Thing', name: 'one', namespace: 'team', uid };
    await start(
      aController(() => Promise.resolve({ because: 'X', actions: [], status: { ref, resourceVersion, status: {} } })),
    );
    expect(clock.pending).toEqual([10]);
    expect([...log.messages('warn'), ...log.messages('info')]).toEqual([]);
    expect(outcomes).toEqual(['conflict']);
  });

  it.each([
    ['what passes soon', new TransientError('NetworkUnreachable', 'socket hang up'), 200, 'info', 'transient'],
    [
      'when the server asks',
      errorFor({ code: 429, reason: 'Busy', message: '', retryAfterMs: 9000 }, 'list'),
      9000,
      'info',
      'transient',
    ],
    ['what the user must change', new UserError('NameTaken', 'taken'), 300_000, 'warn', 'refused'],
    ['what a policy forbids', new PolicyError('Forbidden', 'no'), 300_000, 'warn', 'refused'],
    ['a defect', new TypeError('x is not a function'), 1000, 'error', 'failed'],
  ] as const)('retries by the class of the error: %s', async (_, error, waitMs, level, outcome) => {
    await start(aController(() => Promise.reject(error)));
    expect(clock.pending).toEqual([waitMs]);
    expect(log.lines).toMatchObject([{ level, fields: { err: error, key: 'team/one' } }]);
    expect(outcomes).toEqual([outcome]);
  });

  it('decides nothing while it cannot tell whether its last write took effect', async () => {
    let passes = 0;
    const failing = new Set(['create', 'get']);
    client.onCall = ({ verb }) => {
      if (failing.has(verb)) throw new TransientError('NetworkUnreachable', 'socket hang up');
    };
    const plan: Plan = { because: 'JobMissing', actions: [{ type: 'create', manifest }] };
    await start(aController(async () => (++passes, plan)));
    await clock.advance(1000);
    expect([passes, client.calls.map(({ verb }) => verb)]).toEqual([1, ['create', 'get', 'get']]);
    failing.clear();
    await clock.advance(1000);
    expect([passes, client.calls.map(({ verb }) => verb)]).toEqual([2, ['create', 'get', 'get', 'get', 'create']]);
  });

  it('starts no pass before its stores are synced', async () => {
    const { promise: whenSynced, resolve: becomeSynced } = Promise.withResolvers<void>();
    const keys: string[] = [];
    const controller = await start(aController(async (key) => void keys.push(key), [{ synced: false, whenSynced }]));
    expect([keys, controller.ready]).toEqual([[], false]);
    becomeSynced();
    await settle();
    expect(keys).toEqual(['team/one']);
  });

  it('stops although its stores were never synced', async () => {
    await start(
      aController(() => Promise.resolve(undefined), [{ synced: false, whenSynced: new Promise(() => undefined) }]),
    );
    stop.abort();
    await running;
  });

  it('is unhealthy while a pass hangs', async () => {
    const { promise: hanging, resolve: finish } = Promise.withResolvers<undefined>();
    const controller = await start(aController(() => hanging));
    await clock.advance(599_000);
    expect(controller.healthy).toBe(true);
    await clock.advance(2000);
    expect(controller.healthy).toBe(false);
    finish(undefined);
    await settle();
    expect(controller.healthy).toBe(true);
  });
});

describe('running controllers', () => {
  it('stops all when one fails, and fails with its error', async () => {
    const broken = { resource: things, run: () => Promise.reject(new Error('defect')) };
    let stopped = false;
    const patient = {
      resource: things,
      run: async (signal: AbortSignal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        stopped = true;
      },
    };
    const running = runControllers({ reflectors: [broken, patient], controllers: [] }, new AbortController().signal);
    await expect(running).rejects.toThrow('defect');
    expect(stopped).toBe(true);
  });
});
