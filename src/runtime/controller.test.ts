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
import type { Refusal } from './refusals.ts';
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
    reconcile: (key: string, refusals: readonly Refusal[]) => Promise<Plan | undefined>,
    waitFor = [{ synced: true, whenSynced: Promise.resolve() }],
  ) {
    const events = { emit: () => Promise.resolve() };
    const apply = { client, resourceTypes: [things], stores: [], events, fieldManager: 'enbi' };
    const observer = { queue: unobservedQueue, reconciled: (outcome: PassOutcome) => void outcomes.push(outcome) };
    const remember = { keys: 10, writes: 2 };
    return createController({
      name: 'things',
      remember,
      reconcile,
      waitFor,
      ...apply,
      log,
      clock,
      random: () => 1,
      observer,
    });
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

  describe('what the API server refuses', () => {
    const plan: Plan = { because: 'JobMissing', actions: [{ type: 'create', manifest }] };
    const quota = errorFor({ code: 403, reason: 'Forbidden', message: 'exceeded quota' }, 'POST things');
    let seen: (readonly Refusal[])[];

    beforeEach(() => {
      seen = [];
      client.onCall = ({ verb }) => {
        if (verb === 'create') throw quota;
      };
    });

    const creates = () => client.calls.filter(({ verb }) => verb === 'create').length;

    it('is decided on at once, and asked for again later and later', async () => {
      await start(aController(async (_, refusals) => (seen.push(refusals), plan)));
      await clock.advance(0);
      expect(seen).toMatchObject([
        [],
        [
          {
            verb: 'create',
            ref: { kind: 'Thing', name: 'one' },
            reason: 'Forbidden',
            message: 'exceeded quota',
            times: 1,
          },
        ],
      ]);
      // The decision asked for it all the same: it was not sent.
      expect(creates()).toBe(1);
      await clock.advance(10_000);
      await clock.advance(0);
      expect([creates(), seen.at(-1)?.[0]?.times]).toEqual([2, 2]);
      await clock.advance(19_999);
      expect(creates()).toBe(2);
      await clock.advance(1);
      expect(creates()).toBe(3);
      expect(log.messages('warn')).toHaveLength(3);
    });

    it('is forgotten when it succeeds', async () => {
      await start(aController(async (_, refusals) => (seen.push(refusals), plan)));
      await clock.advance(0);
      client.onCall = () => undefined;
      await clock.advance(10_000);
      expect([creates(), await client.get(things, manifest.metadata)]).toEqual([2, expect.anything()]);
      expect(log.messages('info')).toEqual(['plan applied']);
    });

    it('is asked for at once by a decision that has given up what was refused', async () => {
      const plans: Plan[] = [plan, { ...settled('GivesUp'), givesUp: true }, plan];
      const controller = await start(aController(async () => plans.shift()));
      await clock.advance(0);
      expect(creates()).toBe(1);
      controller.add('team/one');
      await clock.advance(0);
      expect(creates()).toBe(2);
    });

    it('keeps no other key waiting', async () => {
      const controller = await start(aController(async (key) => (key === 'team/one' ? plan : settled('Fine'))));
      controller.add('team/two');
      await clock.advance(0);
      expect(log.messages('debug')).toContain('settled');
    });
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
