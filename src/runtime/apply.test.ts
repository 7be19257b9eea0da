import { beforeEach, describe, expect, it } from 'vitest';
import { TransientError, UserError } from '../errors.ts';
import { type ApplyDeps, applyPlan, readAgain, type WriteMemory } from './apply.ts';
import { CreatesUnderWay } from './creates-under-way.ts';
import { Doubts } from './doubts.ts';
import { identityOf } from './identity.ts';
import type { ResourceType } from './kube-client.ts';
import type { Manifest, ObjectMeta, Observed } from './kube-object.ts';
import { identityOnly } from './memory-kube/identity-only.ts';
import { MemoryKubeClient } from './memory-kube/memory-kube-client.ts';
import type { Action, Event, Plan } from './plan.ts';
import { ObjectStore } from './store.ts';

const jobs: ResourceType = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true };
const owner = { apiVersion: 'v1', kind: 'Thing', name: 'boss', uid: 'boss-uid' };

function aJob(metadata: Partial<ObjectMeta> & { finalizers?: string[] } = {}): Manifest {
  const labels = { app: 'enbi' };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'web', namespace: 'team', labels, ...metadata },
    spec: { n: 1 },
  };
}

const aPlan = (parts: Partial<Plan>): Plan => ({ because: 'Test', actions: [], ...parts });
const create = (manifest: Manifest): Action => ({ type: 'create', manifest });
const ref = (uid: string) => ({ apiVersion: 'batch/v1', kind: 'Job', namespace: 'team', name: 'web', uid });

const memory: Pick<WriteMemory, 'unlessRefused'> = { unlessRefused: (_, write) => write() };

describe('applying a plan', () => {
  let client: MemoryKubeClient;
  let deps: ApplyDeps;
  let emitted: Event[];
  let store: ObjectStore<Observed>;

  beforeEach(() => {
    client = new MemoryKubeClient();
    emitted = [];
    store = new ObjectStore({ resource: jobs, project: identityOnly });
    store.replace([], '0');
    const events = { emit: async (event: Event) => void emitted.push(event) };
    deps = { client, resourceTypes: [jobs], stores: [store], events, fieldManager: 'enbi' };
  });

  /** An object that is there already, known to the store. */
  function present(manifest: Manifest): { uid: string; resourceVersion: string } {
    const raw = client.put(jobs, manifest);
    store.observeWrite(raw);
    return identityOf(raw);
  }

  const live = () => client.get(jobs, { namespace: 'team', name: 'web' });

  it('carries out actions in order, then status, then events, and shows the store each answer', async () => {
    const { uid, resourceVersion } = present(aJob());
    const event: Event = { type: 'Normal', regarding: ref(uid), reason: 'Done', message: 'done' };
    const other = create(aJob({ name: 'other' }));
    const status = { ref: ref(uid), resourceVersion, status: { ok: true } };
    expect(await applyPlan(aPlan({ actions: [other], status, events: [event] }), deps)).toBe('applied');
    expect(client.writes).toEqual(['create Job team/other', 'patch Job team/web']);
    expect(emitted).toEqual([event]);
    expect(store.get('team/other')).toBeDefined();
    expect(store.get('team/web')?.metadata.resourceVersion).toBe(identityOf(await live()).resourceVersion);
  });

  describe('create', () => {
    it('succeeds when the object is there and ours', async () => {
      present(aJob({ ownerReferences: [owner], labels: { app: 'enbi', more: 'yes' } }));
      await applyPlan(aPlan({ actions: [create(aJob({ ownerReferences: [owner] }))] }), deps);
    });

    it('asks once for what several passes want in the same moment, and tells it once', async () => {
      const sharing = { ...deps, creating: new CreatesUnderWay() };
      const event: Event = { type: 'Normal', regarding: ref('of-a-pod'), reason: 'Requested', message: 'once' };
      const wanted = aPlan({ actions: [create(aJob())], events: [event] });
      await Promise.all([applyPlan(wanted, sharing), applyPlan(wanted, sharing), applyPlan(wanted, sharing)]);
      expect(client.writes).toEqual(['create Job team/web']);
      expect(emitted).toEqual([event]);
    });

    it('fails for all that shared it, and is asked for anew after that', async () => {
      const cut = new TransientError('NetworkUnreachable', 'socket hang up');
      const creates = [Promise.reject(cut), Promise.resolve(aJob())];
      const sharing = new CreatesUnderWay();
      const ask = () => sharing.share('Job team/web', async () => ({ live: await creates.shift(), made: true }));
      expect((await Promise.allSettled([ask(), ask()])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await ask()).toEqual({ live: aJob(), made: true });
    });

    it('is refused for the one of two that wants another of the same name', async () => {
      const sharing = { ...deps, creating: new CreatesUnderWay() };
      const other = aPlan({ actions: [create(aJob({ ownerReferences: [owner] }))] });
      const outcomes = await Promise.allSettled([
        applyPlan(aPlan({ actions: [create(aJob())] }), sharing),
        applyPlan(other, sharing),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    });

    it.each([
      ['has another owner', aJob({ ownerReferences: [{ ...owner, uid: 'other' }] })],
      ['has no owner', aJob()],
      ['lacks a label', aJob({ ownerReferences: [owner], labels: {} })],
      ['has another value of a label', aJob({ ownerReferences: [owner], labels: { app: 'else' } })],
    ])('is refused when the object there %s', async (_, there) => {
      present(there);
      const applied = applyPlan(aPlan({ actions: [create(aJob({ ownerReferences: [owner] }))] }), deps);
      await expect(applied).rejects.toThrow(UserError);
      await expect(applied).rejects.toMatchObject({ reason: 'NameTaken' });
    });

    it('is refused when the object there is ours and holds something else', async () => {
      present({ ...aJob(), spec: { n: 2 } });
      const applied = applyPlan(aPlan({ actions: [create(aJob())] }), deps);
      await expect(applied).rejects.toThrow(UserError);
      await expect(applied).rejects.toMatchObject({ reason: 'NameTaken' });
      expect(await live()).toBeDefined();
    });

    it('replaces what is ours and holds something else, where that is asked for', async () => {
      const { uid } = present({ ...aJob(), spec: { n: 2 } });
      const actions: Action[] = [{ type: 'create', manifest: aJob(), replaces: true }];
      await expect(applyPlan(aPlan({ actions }), deps)).rejects.toThrow(TransientError);
      expect(store.get('team/web')).toBeUndefined();
      await applyPlan(aPlan({ actions }), deps);
      expect(await live()).toMatchObject({ spec: { n: 1 } });
      expect(identityOf(await live()).uid).not.toBe(uid);
    });

    it('replaces nothing that belongs to somebody else', async () => {
      present({ ...aJob({ labels: {} }), spec: { n: 2 } });
      const actions: Action[] = [{ type: 'create', manifest: aJob(), replaces: true }];
      await expect(applyPlan(aPlan({ actions }), deps)).rejects.toThrow(UserError);
      expect(await live()).toMatchObject({ spec: { n: 2 } });
    });

    it('is tried again later when the object there is being deleted', async () => {
      present(aJob({ deletionTimestamp: '2026-01-01T00:00:00Z' }));
      await expect(applyPlan(aPlan({ actions: [create(aJob())] }), deps)).rejects.toThrow(TransientError);
    });

    it('shows the store the object it met', async () => {
      client.put(jobs, aJob());
      await applyPlan(aPlan({ actions: [create(aJob())] }), deps);
      expect(store.get('team/web')).toBeDefined();
    });
  });

  describe('patch', () => {
    const patch = { metadata: { labels: { more: 'yes' } }, spec: { n: 2 } };

    it('merges, and keeps what the patch says of metadata', async () => {
      const { uid } = present(aJob());
      await applyPlan(aPlan({ actions: [{ type: 'patch', ref: ref(uid), patch }] }), deps);
      expect(await live()).toMatchObject({ metadata: { uid, labels: { app: 'enbi', more: 'yes' } }, spec: { n: 2 } });
    });

    it('leaves an object alone that took the name since', async () => {
      present(aJob());
      await applyPlan(aPlan({ actions: [{ type: 'patch', ref: ref('old-uid'), patch }] }), deps);
      expect(await live()).toMatchObject({ spec: { n: 1 } });
    });

    it('succeeds when the object is gone', async () => {
      await applyPlan(aPlan({ actions: [{ type: 'patch', ref: ref('old-uid'), patch }] }), deps);
    });
  });

  describe('delete', () => {
    it('removes from server and store', async () => {
      const { uid } = present(aJob());
      await applyPlan(aPlan({ actions: [{ type: 'delete', ref: ref(uid) }] }), deps);
      expect([await live(), store.get('team/web')]).toEqual([undefined, undefined]);
    });

    it('shows the store the mark while a finalizer keeps the object', async () => {
      const { uid } = present(aJob({ finalizers: ['x/y'] }));
      await applyPlan(aPlan({ actions: [{ type: 'delete', ref: ref(uid) }] }), deps);
      expect(store.get('team/web')?.metadata.deletionTimestamp).toBeDefined();
    });

    it('leaves an object alone that took the name since', async () => {
      present(aJob());
      await applyPlan(aPlan({ actions: [{ type: 'delete', ref: ref('old-uid') }] }), deps);
      expect([await live(), store.get('team/web')]).not.toContain(undefined);
    });

    it('succeeds when the object is gone', async () => {
      await applyPlan(aPlan({ actions: [{ type: 'delete', ref: ref('old-uid') }] }), deps);
    });
  });

  describe('status', () => {
    const event: Event = { type: 'Normal', regarding: ref('any'), reason: 'Done', message: 'done' };

    it('of an object that changed since is not written, and its events are not emitted', async () => {
      const { uid, resourceVersion } = present(aJob());
      await client.patch(jobs, ref(uid), { spec: { n: 3 } });
      const status = { ref: ref(uid), resourceVersion, status: { ok: true } };
      expect(await applyPlan(aPlan({ status, events: [event] }), deps)).toBe('conflict');
      expect(await live()).not.toHaveProperty('status.ok');
      expect(emitted).toEqual([]);
    });

    it('of an object that changed since is decided on its newest version next time', async () => {
      const { uid, resourceVersion } = present(aJob());
      const newer = identityOf(await client.patch(jobs, ref(uid), { spec: { n: 3 } }));
      const doubts = new Doubts();
      await applyPlan(aPlan({ status: { ref: ref(uid), resourceVersion, status: { ok: true } } }), deps, {
        ...memory,
        doubts,
      });
      await doubts.settle((each) => readAgain(each, deps));
      expect(store.get('team/web')?.metadata.resourceVersion).toBe(newer.resourceVersion);
    });

    it('of an object that is gone needs no writing', async () => {
      const status = { ref: ref('old-uid'), resourceVersion: '1', status: { ok: true } };
      expect(await applyPlan(aPlan({ status }), deps)).toBe('applied');
    });
  });

  it('stops at the first action that fails', async () => {
    client.onCall = ({ verb }) => {
      if (verb === 'create') throw new TransientError('NetworkUnreachable', 'socket hang up');
    };
    const actions = [create(aJob()), create(aJob({ name: 'other' }))];
    await expect(applyPlan(aPlan({ actions }), deps)).rejects.toThrow('socket hang up');
    expect(client.writes).toEqual(['create Job team/web']);
  });

  describe('a write that was not answered', () => {
    const unanswered = new TransientError('NetworkUnreachable', 'socket hang up');
    let doubts: Doubts;

    /** The server does it, and nobody is told. */
    async function lose(plan: Partial<Plan>): Promise<void> {
      const deaf: ApplyDeps['client'] = Object.create(client, {
        create: { value: (...given: Parameters<typeof client.create>) => lost(client.create(...given)) },
        patch: { value: (...given: Parameters<typeof client.patch>) => lost(client.patch(...given)) },
        delete: { value: (...given: Parameters<typeof client.delete>) => lost(client.delete(...given)) },
      });
      doubts = new Doubts();
      await expect(applyPlan(aPlan(plan), { ...deps, client: deaf }, { ...memory, doubts })).rejects.toThrow(
        unanswered,
      );
      expect(doubts.none).toBe(false);
      await doubts.settle((each) => readAgain(each, deps));
    }

    const lost = (written: Promise<unknown>) => written.then(() => Promise.reject(unanswered));

    it('is seen before the next decision: a create', async () => {
      await lose({ actions: [create(aJob())] });
      expect(store.get('team/web')).toBeDefined();
    });

    it('a create that did not take effect', async () => {
      client.onCall = ({ verb }) => {
        if (verb === 'create') throw unanswered;
      };
      await lose({ actions: [create(aJob())] });
      expect(store.list()).toEqual([]);
    });

    it('a patch', async () => {
      const { uid } = present(aJob());
      await lose({ actions: [{ type: 'patch', ref: ref(uid), patch: { spec: { n: 2 } } }] });
      expect(store.get('team/web')?.metadata.resourceVersion).toBe(identityOf(await live()).resourceVersion);
    });

    it('a status', async () => {
      const { uid, resourceVersion } = present(aJob());
      await lose({ status: { ref: ref(uid), resourceVersion, status: { ok: true } } });
      expect(store.get('team/web')?.metadata.resourceVersion).toBe(identityOf(await live()).resourceVersion);
    });

    it('a delete, and one whose name was taken since', async () => {
      const { uid } = present(aJob());
      await lose({ actions: [{ type: 'delete', ref: ref(uid) }] });
      expect(store.get('team/web')).toBeUndefined();
      const next = identityOf(client.put(jobs, aJob()));
      await readAgain(ref(uid), deps);
      expect(store.get('team/web')?.metadata.uid).toBe(next.uid);
    });
  });

  it('knows only the resources it was given', async () => {
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } };
    await expect(applyPlan(aPlan({ actions: [create(manifest)] }), deps)).rejects.toThrow(
      'no resource type for v1 Secret',
    );
  });
});
