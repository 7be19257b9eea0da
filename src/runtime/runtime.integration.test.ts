import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, up } from '../../cluster/cluster.ts';
import { findDaemon, killDaemon, startDaemon } from '../../cluster/daemon.ts';
import { folderOf } from '../../cluster/state.ts';
import { createKubeClient } from '../adapters/kubernetes/client.ts';
import type { ClusterAccess } from '../adapters/kubernetes/cluster-access.ts';
import { FakeWire } from '../adapters/kubernetes/fake-wire.ts';
import { loadKubeconfig } from '../adapters/kubernetes/kubeconfig.ts';
import { PolicyError, TransientError } from '../errors.ts';
import { errorFor } from './api-status.ts';
import { applyPlan } from './apply.ts';
import { type Clock, systemClock } from './clock.ts';
import { createController } from './controller.ts';
import { createEventRecorder } from './events.ts';
import { FakeClock } from './fake-clock.ts';
import { fieldsOf, type Identity, identityOf } from './identity.ts';
import { aJob } from './kube-client.conformance.ts';
import type { KubeClient, ResourceType } from './kube-client.ts';
import { keyOf, type ObjectRef, type Observed } from './kube-object.ts';
import { identityOnly } from './memory-kube/identity-only.ts';
import { MemoryLog } from './memory-log.ts';
import type { Event, Plan } from './plan.ts';
import { createReflector } from './reflector.ts';
import { runControllers } from './run-controllers.ts';
import { ObjectStore } from './store.ts';

const configMaps: ResourceType = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const jobs: ResourceType = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true };
const events: ResourceType = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const namespaces: ResourceType = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const clusterName = 'runtime-test';

let cluster: Cluster;
let access: ClusterAccess;
/** Straight to the server: what the test does and checks. */
let direct: KubeClient & Disposable;

beforeAll(async () => {
  cluster = await up({ name: clusterName, nodes: 0, report: () => undefined });
  access = await loadKubeconfig(cluster.kubeconfig);
  direct = createKubeClient(access, { userAgent: 'enbi-test' });
});
afterAll(async () => {
  direct[Symbol.dispose]();
  await cluster.down();
});

describe('against a real API server', () => {
  let namespace: string;
  let count = 0;
  let wire: FakeWire;
  /** By way of the wire: what is tested. */
  let client: KubeClient & Disposable;
  /** Complete lists begun, streamed or page by page. */
  let lists: number;
  /** Whether the server may stream lists. */
  let streams: boolean;
  let log: MemoryLog;
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    namespace = `runtime-${++count}`;
    await direct.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const between = await FakeWire.between(access);
    wire = between.wire;
    client = createKubeClient(between.access, { userAgent: 'enbi-test', deadlineMs: 2000 });
    lists = 0;
    streams = true;
    log = new MemoryLog();
    stop = new AbortController();
    running = Promise.resolve();
  });

  afterEach(async () => {
    stop.abort();
    await running;
    client[Symbol.dispose]();
    await wire[Symbol.asyncDispose]();
  });

  function aReflector(
    resource: ResourceType,
    clock: Clock = systemClock,
    project: (raw: unknown) => Observed = identityOnly,
  ) {
    const store = new ObjectStore<Observed>({ resource, project });
    const counting: Pick<KubeClient, 'list' | 'watch'> = {
      list: (type, selection) => (lists++, client.list(type, selection)),
      watch(type, selection, signal) {
        if (selection.initialEvents !== true) return client.watch(type, selection, signal);
        if (!streams) throw errorFor({ code: 422, reason: 'Invalid', message: 'no streams here' }, 'watch');
        lists += 1;
        return client.watch(type, selection, signal);
      },
    };
    const reflector = createReflector({
      client: counting,
      store,
      selection: { namespace },
      log,
      random: () => 0,
      clock,
    });
    return { store, reflector };
  }

  async function follow(resource: ResourceType, clock?: Clock): Promise<ObjectStore<Observed>> {
    const { store, reflector } = aReflector(resource, clock);
    running = reflector.run(stop.signal);
    await store.whenSynced;
    return store;
  }

  const write = (name: string) => direct.create(configMaps, namespace, aConfigMap(name));

  async function expectSame(store: ObjectStore<Observed>, resource = configMaps): Promise<void> {
    const { items } = await direct.list(resource, { namespace });
    await expect.poll(() => identities(store.list()), { timeout: 20_000 }).toEqual(identities(items));
  }

  /** Creations, changes, deletions and re-creations, one each time it is called. */
  async function stir(round: number): Promise<void> {
    const name = { namespace, name: `stirred-${round % 7}` };
    const live = await direct.get(configMaps, name);
    if (live === undefined) await write(name.name);
    else if (round % 3 === 0) await direct.delete(configMaps, name, { propagation: 'Background' });
    else await direct.patch(configMaps, name, { data: { n: String(round) } });
  }

  it('a store follows what happens', async () => {
    const store = await follow(configMaps);
    for (let round = 0; round < 100; round++) await stir(round);
    await expectSame(store);
    expect(lists).toBe(1);
  });

  it('a store goes on where it was after its connection is cut, without a new list', async () => {
    const store = await follow(configMaps);
    for (let cuts = 0; cuts < 3; cuts++) {
      await expect.poll(() => wire.connections, { timeout: 60_000 }).toBeGreaterThan(0);
      for (let round = 0; round < 20; round++) await stir(cuts * 20 + round);
      wire.cut();
      for (let round = 0; round < 20; round++) await stir(cuts * 20 + round);
    }
    await expectSame(store);
    expect(lists).toBe(1);
    expect(log.messages('error')).toEqual([]);
  });

  it('a store notices a connection that died without a word', async () => {
    const clock = new FakeClock();
    const store = await follow(configMaps, clock);
    await write('before');
    await expectSame(store);
    wire.silence();
    await write('after');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(store.list()).toHaveLength(1);
    await clock.advance(150_000);
    const passTime = async () => {
      await clock.advance(1000);
      return store.list().length;
    };
    await expect.poll(passTime, { timeout: 60_000 }).toBe(2);
    expect(lists).toBe(1);
  });

  it('a store survives the restart of the API server', async () => {
    const store = await follow(configMaps);
    await restartApiServer();
    await write('after');
    await expectSame(store);
    expect(log.messages('error')).toEqual([]);
  });

  it('a store lists again when the server has restarted and forgotten what it missed', async () => {
    await write('lost');
    const store = await follow(configMaps);
    wire.behaviour = 'swallow';
    wire.cut();
    await direct.delete(configMaps, { namespace, name: 'lost' }, { propagation: 'Background' });
    await compact(Number(identityOf(await write('missed')).resourceVersion));
    await restartApiServer();
    wire.behaviour = 'pass';
    await expectSame(store);
    expect(lists).toBe(2);
  });

  it('a store lists again when the version it was at has been forgotten', async () => {
    // Events are the one resource without a watch cache in the server, so that a compaction is seen at once.
    const { resourceVersion } = await direct.list(events, { namespace });
    const store = await follow(events);
    await write('newer');
    await compact(Number(identityOf(await write('newest')).resourceVersion));
    const selection = { namespace, resourceVersion, timeoutSeconds: 5 };
    const told = await Array.fromAsync(direct.watch(events, selection, stop.signal)).catch((thrown: Error) => thrown);
    expect(told instanceof Error ? told.message : JSON.stringify(told)).toMatch(/compacted|too old/);
    wire.cut();
    await expect.poll(() => lists, { timeout: 60_000 }).toBe(2);
    expect(store.synced).toBe(true);
  });

  it('thousands of objects are listed in pages, or streamed, and leave the process time to breathe', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `many-${i}`);
    // So large that not all of them fit into the 2 MiB or so that libuv takes from a socket in one turn.
    const data = { filler: 'x'.repeat(4096) };
    await Promise.all(names.map((name) => direct.create(configMaps, namespace, { ...aConfigMap(name), data })));
    for (const [how, requests] of [
      [false, 60],
      [true, 1],
    ] as const) {
      [streams, lists] = [how, 0];
      const turns = new ObjectsPerTurn();
      const { store, reflector } = aReflector(configMaps, systemClock, turns.project);
      const enough = new AbortController();
      const following = reflector.run(enough.signal);
      await store.whenSynced;
      expect([store.list().length, lists]).toEqual([3000, requests]);
      // Counted, not timed: how long a turn takes is the machine's, too. A page has 50; parts of two may meet in one turn.
      expect(turns.most).toBeLessThanOrEqual(1000);
      enough.abort();
      await following;
    }
  });

  it('a store that has lists streamed has what one has that asks for pages', async () => {
    for (let round = 0; round < 10; round++) await stir(round);
    const streamed = await follow(configMaps);
    streams = false;
    const { store: paged, reflector } = aReflector(configMaps);
    const pages = reflector.run(stop.signal);
    await paged.whenSynced;
    await expectSame(streamed);
    expect(identities(paged.list())).toEqual(identities(streamed.list()));
    stop.abort();
    await pages;
  });

  function deps(stores: readonly ObjectStore<Observed>[]) {
    const rate = { burst: 100, perMinute: 60 };
    const remembered = { texts: 100, namespaces: 10 };
    const limits = { perReason: 5, namespace: rate, cluster: rate, remembered, lifetimeMs: 3_600_000 };
    const recorder = createEventRecorder({
      client,
      clock: systemClock,
      log,
      reporter: 'enbi',
      instance: 'enbi-0',
      limits,
    });
    return { client, resourceTypes: [configMaps, jobs], stores, events: recorder, fieldManager: 'enbi' };
  }

  describe('a plan', () => {
    const because = 'Test';

    it('is seen in the store the moment it is applied', async () => {
      const store = await follow(jobs);
      const job = { ...aJob('web'), metadata: { name: 'web', namespace } };
      const apply = (plan: Partial<Plan>) => applyPlan({ because, actions: [], ...plan }, deps([store]));
      await apply({ actions: [{ type: 'create', manifest: job }] });
      const created = store.get(`${namespace}/web`) ?? expect.fail('not in the store');
      const ref = regarding(created, jobs);
      const { resourceVersion } = created.metadata;
      expect(await apply({ status: { ref, resourceVersion, status: { active: 1 } } })).toBe('applied');
      expect(await apply({ status: { ref, resourceVersion, status: { active: 2 } } })).toBe('conflict');
      expect(await direct.get(jobs, ref)).toMatchObject({ status: { active: 1 } });
      await apply({ actions: [{ type: 'delete', ref }] });
      expect(store.get(`${namespace}/web`)).toBeUndefined();
      await expectSame(store, jobs);
    });

    it('leaves a successor of the same name alone', async () => {
      const first = identityOnly(await write('one'));
      await direct.delete(configMaps, first.metadata, { propagation: 'Background' });
      const second = identityOf(await write('one'));
      const ref = regarding(first, configMaps);
      const patch = { type: 'patch', ref, patch: { data: { n: '9' } } } as const;
      await applyPlan({ because, actions: [patch, { type: 'delete', ref }] }, deps([]));
      const live = await direct.get(configMaps, ref);
      expect([identityOf(live), fieldsOf(live)['data']]).toEqual([second, { n: '0' }]);
    });

    it('tells people once, also after a restart', async () => {
      const one = identityOnly(await write('one'));
      const event: Event = {
        type: 'Warning',
        regarding: regarding(one, configMaps),
        reason: 'BuildFailed',
        message: 'no',
      };
      // Each time with a recorder that remembers nothing.
      for (let i = 0; i < 3; i++) await applyPlan({ because, actions: [], events: [event] }, deps([]));
      expect((await direct.list(events, { namespace })).items).toMatchObject([{ count: 1, reason: 'BuildFailed' }]);
      expect(log.messages('warn')).toEqual([]);
      expect(await cluster.kubectl(['-n', namespace, 'describe', 'configmap', 'one'])).toContain('BuildFailed');
    });
  });

  it('controllers make one Job for each ConfigMap however often the wire is cut, and say so in its status', async () => {
    const wanted = aReflector(configMaps);
    const made = aReflector(jobs);
    const stores = [wanted.store, made.store];
    const controller = createController({
      name: 'jobs',
      reconcile: async (key) => decide(wanted.store.get(key), made.store.get(key)),
      waitFor: stores,
      log,
      clock: systemClock,
      random: Math.random,
      remember: { keys: 100, writes: 4 },
      ...deps(stores),
    });
    for (const store of [wanted.store, made.store]) {
      store.subscribe(({ before, after }) => controller.add(keyOf((after ?? before)?.metadata ?? { name: '' })));
    }
    running = runControllers(
      { reflectors: [wanted.reflector, made.reflector], controllers: [controller] },
      stop.signal,
    );
    for (let i = 0; i < 30; i++) {
      await write(`wanted-${i}`);
      if (i % 5 === 0) wire.cut();
    }
    const done = async () =>
      (await direct.list(jobs, { namespace })).items.filter((job) => fieldsOf(fieldsOf(job)['status'])['active'] === 1)
        .length;
    await expect.poll(done, { timeout: 30_000 }).toBe(30);
    await expectSame(made.store, jobs);
    const created = log.lines.filter(
      ({ message, fields }) => message === 'plan applied' && /create/.test(JSON.stringify(fields)),
    );
    expect(created.length).toBeLessThanOrEqual(30);
    expect([
      ...log.messages('error'),
      ...log.messages('warn').filter((message) => message !== 'watch keeps failing'),
    ]).toEqual([]);
  });

  it('a controller whose watches tell nothing goes by its own writes, answered or not', async () => {
    const store = new ObjectStore<CountedJob>({ resource: jobs, project: countedJob });
    const calls: string[] = [];
    let lose = true;
    /** Every other write takes effect and is not answered. */
    const write = async (verb: string, written: Promise<unknown>): Promise<unknown> => {
      calls.push(verb);
      const answer = await written;
      lose = !lose;
      if (lose) throw new TransientError('NetworkUnreachable', 'socket hang up');
      return answer;
    };
    const losing: KubeClient = Object.assign(Object.create(client), {
      get: (...given: Parameters<KubeClient['get']>) => (calls.push('get'), client.get(...given)),
      create: (...given: Parameters<KubeClient['create']>) => write('create', client.create(...given)),
      patch: (...given: Parameters<KubeClient['patch']>) => write('patch', client.patch(...given)),
      delete: (...given: Parameters<KubeClient['delete']>) => write('delete', client.delete(...given)),
    });
    const passes: string[] = [];
    const controller = createController({
      name: 'frozen',
      reconcile: async () => liveOn(store.get(`${namespace}/frozen`), passes),
      waitFor: [store],
      log,
      clock: systemClock,
      random: () => 0,
      remember: { keys: 100, writes: 4 },
      ...deps([]),
      stores: [store],
      client: losing,
    });
    store.subscribe(() => controller.add('frozen'));
    store.replace([], (await direct.list(jobs, { namespace })).resourceVersion);
    running = runControllers({ reflectors: [], controllers: [controller] }, stop.signal);
    controller.add('frozen');
    await expect.poll(() => passes.at(-1), { timeout: 60_000 }).toBe('done');
    expect(calls).toEqual(['create', 'patch', 'get', 'patch', 'patch', 'get', 'delete']);
    expect(await direct.get(jobs, { namespace, name: 'frozen' })).toBeUndefined();
  });

  /** Made, marked three times, deleted: each step is decided on what the step before has written. */
  function liveOn(job: CountedJob | undefined, passes: string[]): Plan | undefined {
    const name = 'frozen';
    if (job === undefined) {
      const isOver = passes.length > 0;
      passes.push(isOver ? 'done' : 'create');
      const manifest = { ...aJob(name), metadata: { name, namespace } };
      return isOver ? undefined : { because: 'Missing', actions: [{ type: 'create', manifest }] };
    }
    passes.push(String(job.active));
    const ref = regarding(job, jobs);
    if (job.active === 3) return { because: 'Over', actions: [{ type: 'delete', ref }] };
    const { resourceVersion } = job.metadata;
    return { because: 'Counts', actions: [], status: { ref, resourceVersion, status: { active: job.active + 1 } } };
  }

  function decide(wanted: Observed | undefined, made: Observed | undefined): Plan | undefined {
    if (wanted === undefined) return undefined;
    const { name, uid } = wanted.metadata;
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
    const manifest = { ...aJob(name), metadata: { name, namespace, ownerReferences: [owner] } };
    if (made === undefined) return { because: 'JobMissing', actions: [{ type: 'create', manifest }] };
    const ref = regarding(made, jobs);
    const status = { ref, resourceVersion: made.metadata.resourceVersion, status: { active: 1 } };
    return { because: 'JobThere', actions: [], status };
  }
});

interface CountedJob extends Observed {
  readonly active: number;
}

function countedJob(raw: unknown): CountedJob {
  return { ...identityOnly(raw), active: Number(fieldsOf(fieldsOf(raw)['status'])['active'] ?? 0) };
}

function aConfigMap(name: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: '0' } };
}

function identities(objects: readonly unknown[]): Identity[] {
  return objects.map((object) => identityOf(object)).toSorted(byKey);
}

function regarding({ metadata }: Observed, { apiVersion, kind }: ResourceType): ObjectRef & { uid: string } {
  const { name, namespace, uid } = metadata;
  return { apiVersion, kind, name, uid, ...(namespace !== undefined && { namespace }) };
}

function byKey(a: { key: string }, b: { key: string }): number {
  return a.key < b.key ? -1 : 1;
}

/** Makes etcd forget what was before the revision. */
async function compact(revision: number): Promise<void> {
  const body = JSON.stringify({ revision });
  const script = `fetch('http://127.0.0.1:2379/v3/kv/compaction', { method: 'POST', body: '${body}' }).then((r) => process.exit(r.ok ? 0 : 1))`;
  await promisify(execFile)('nsenter', [`--net=${folderOf(clusterName).hub}`, '--', process.execPath, '-e', script]);
}

/** Kills the API server and starts it as it was. */
async function restartApiServer(): Promise<void> {
  const folder = folderOf(clusterName);
  const daemon = await findDaemon(folder, 'kube-apiserver');
  const argv = (await readFile(`/proc/${daemon?.pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  await killDaemon(folder, 'kube-apiserver');
  const start = async () => {
    // A killed process may hold its port for a moment longer, and the next one gives up at once.
    const alive = await findDaemon(folder, 'kube-apiserver');
    if (alive === undefined)
      await startDaemon(folder, 'kube-apiserver', ['nsenter', `--net=${folder.hub}`, '--', ...argv]);
    return isBack();
  };
  await expect.poll(start, { timeout: 60_000, interval: 300 }).toBe(true);
}

async function isBack(): Promise<boolean> {
  try {
    return (await direct.get(namespaces, { name: 'default' })) !== undefined;
  } catch (thrown) {
    if (thrown instanceof TransientError || thrown instanceof PolicyError) return false;
    throw thrown;
  }
}

/** Counts what is projected in one turn of the event loop: while it lasts, the process does nothing else. */
class ObjectsPerTurn {
  most = 0;
  #now = 0;

  readonly project = (raw: unknown): Observed => {
    if (this.#now === 0) setImmediate(() => (this.#now = 0));
    this.#now += 1;
    this.most = Math.max(this.most, this.#now);
    return identityOnly(raw);
  };
}
