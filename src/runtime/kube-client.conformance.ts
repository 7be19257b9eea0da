import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyError, TransientError } from '../errors.ts';
import { apiStatusOf, isAlreadyExists, isConflict, isExpired, isNotFound } from './api-status.ts';
import { identityOf, metadataOf } from './identity.ts';
import type { KubeClient, ResourceType, WatchEvent } from './kube-client.ts';

const configMaps: ResourceType = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const namespaces: ResourceType = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const jobs: ResourceType = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true };

/** What every `KubeClient` does, proved on the fake and on the real API server alike. */
export function describeKubeClient(name: string, connect: () => Promise<KubeClient>): void {
  describe(name, () => {
    let client: KubeClient;
    let namespace: string;
    let count = 0;

    beforeAll(async () => {
      client = await connect();
      namespace = `conformance-${Date.now()}`;
      await client.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    });

    async function aConfigMap(metadata: object = {}): Promise<{ name: string; namespace: string; uid: string; raw: unknown }> {
      const name = `one-${++count}`;
      const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: '1', b: '2' } };
      const raw = await client.create(configMaps, namespace, manifest);
      return { name, namespace, uid: identityOf(raw).uid, raw };
    }

    async function failure(call: Promise<unknown>): Promise<Error> {
      const failed = await call.then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      return failed ?? expect.fail('the call succeeded');
    }

    it('reads nothing where there is nothing', async () => {
      expect(await client.get(configMaps, { namespace, name: 'nobody' })).toBeUndefined();
    });

    it('reads back what it created', async () => {
      const { name, uid } = await aConfigMap({ labels: { kind: 'simple' } });
      const read = await client.get(configMaps, { namespace, name });
      expect(read).toMatchObject({ kind: 'ConfigMap', metadata: { name, namespace, uid, labels: { kind: 'simple' } }, data: { a: '1' } });
    });

    it('refuses a second object of the same name', async () => {
      const { name } = await aConfigMap();
      const error = await failure(client.create(configMaps, namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }));
      expect(error).toBeInstanceOf(TransientError);
      expect([isAlreadyExists(error), isConflict(error)]).toEqual([true, false]);
      expect(apiStatusOf(error)?.message).toContain('already exists');
    });

    it('merges patches, null removes', async () => {
      const one = await aConfigMap();
      const patched = await client.patch(configMaps, one, { data: { a: '9', b: null } });
      expect(patched).toMatchObject({ data: { a: '9' } });
      expect(patched).not.toHaveProperty('data.b');
    });

    it('keeps the resourceVersion when a patch changes nothing', async () => {
      const one = await aConfigMap();
      const patched = await client.patch(configMaps, one, { data: { a: '1' } });
      expect(identityOf(patched).resourceVersion).toBe(identityOf(one.raw).resourceVersion);
    });

    it('says NotFound for writes to what is not there', async () => {
      const nobody = { namespace, name: 'nobody' };
      expect(isNotFound(await failure(client.patch(configMaps, nobody, { data: {} })))).toBe(true);
      expect(isNotFound(await failure(client.delete(configMaps, nobody, { propagation: 'Background' })))).toBe(true);
    });

    it('refuses a patch meant for another uid', async () => {
      const one = await aConfigMap();
      const error = await failure(client.patch(configMaps, one, { metadata: { uid: 'another' }, data: { a: '9' } }));
      expect(error).toBeInstanceOf(TransientError);
      expect([isConflict(error), isAlreadyExists(error)]).toEqual([true, false]);
    });

    it('refuses a patch made on an older version', async () => {
      const one = await aConfigMap();
      const { resourceVersion } = identityOf(one.raw);
      await client.patch(configMaps, one, { data: { a: '5' } });
      const error = await failure(client.patch(configMaps, one, { metadata: { resourceVersion }, data: { a: '9' } }));
      expect(isConflict(error)).toBe(true);
    });

    it('refuses a delete meant for another uid', async () => {
      const one = await aConfigMap();
      const error = await failure(client.delete(configMaps, one, { uid: 'another', propagation: 'Background' }));
      expect(isConflict(error)).toBe(true);
      expect(await client.get(configMaps, one)).toBeDefined();
    });

    it('answers a delete with nothing when the object is gone', async () => {
      const one = await aConfigMap();
      expect(await client.delete(configMaps, one, { uid: one.uid, propagation: 'Background' })).toBeUndefined();
      expect(await client.get(configMaps, one)).toBeUndefined();
    });

    it('answers a delete with the object while a finalizer keeps it', async () => {
      const one = await aConfigMap({ finalizers: ['example.org/wait'] });
      const left = await client.delete(configMaps, one, { uid: one.uid, propagation: 'Background' });
      expect(metadataOf(left)['deletionTimestamp']).toBeDefined();
      await client.patch(configMaps, one, { metadata: { finalizers: null } });
      expect(await client.get(configMaps, one)).toBeUndefined();
    });

    it('writes the status through its subresource only', async () => {
      const job = await client.create(jobs, namespace, { ...aJob('counts'), status: { active: 7 } });
      expect(job).not.toHaveProperty('status.active');
      const { uid, resourceVersion } = identityOf(job);
      const name = { namespace, name: 'counts' };
      const body = { metadata: { uid, resourceVersion }, status: { active: 1 }, spec: { suspend: false } };
      const patched = await client.patch(jobs, name, body, { subresource: 'status' });
      expect(patched).toMatchObject({ spec: { suspend: true }, status: { active: 1 }, metadata: { generation: 1 } });
      const error = await failure(client.patch(jobs, name, { ...body, status: { active: 2 } }, { subresource: 'status' }));
      expect(isConflict(error)).toBe(true);
    });

    it('lists in pages, all as of one version', async () => {
      for (let i = 0; i < 5; i++) await aConfigMap({ labels: { page: 'yes' } });
      const selection = { namespace, labelSelector: 'page=yes', limit: 2 };
      const first = await client.list(configMaps, selection);
      await aConfigMap({ labels: { page: 'yes' } });
      const second = await client.list(configMaps, { ...selection, continueToken: first.continueToken });
      const third = await client.list(configMaps, { ...selection, continueToken: second.continueToken });
      const pages = [first, second, third];
      expect(pages.map((page) => page.items.length)).toEqual([2, 2, 1]);
      expect(new Set(pages.map((page) => page.resourceVersion)).size).toBe(1);
      expect(third.continueToken).toBeUndefined();
    });

    it('selects by label and field', async () => {
      const one = await aConfigMap({ labels: { colour: 'red' } });
      await aConfigMap({ labels: { colour: 'blue' } });
      const names = async (selection: object) =>
        (await client.list(configMaps, { namespace, ...selection })).items.map((item) => identityOf(item).key);
      expect(await names({ labelSelector: 'colour=red' })).toEqual([`${namespace}/${one.name}`]);
      expect(await names({ labelSelector: 'colour,colour!=red' })).toHaveLength(1);
      expect(await names({ fieldSelector: `metadata.name=${one.name}` })).toEqual([`${namespace}/${one.name}`]);
    });

    it('watches from a version on, in order, and tells a left selection as a deletion', async () => {
      const { resourceVersion } = await client.list(configMaps, { namespace });
      const labels = { watched: 'yes' };
      const one = await aConfigMap({ labels });
      await client.patch(configMaps, one, { data: { a: '2' } });
      await client.patch(configMaps, one, { metadata: { labels: { watched: 'no' } } });
      const two = await aConfigMap({ labels });
      await client.delete(configMaps, two, { propagation: 'Background' });
      const selection = { namespace, labelSelector: 'watched=yes', resourceVersion, timeoutSeconds: 30 };
      const told = await take(5, (signal) => client.watch(configMaps, selection, signal));
      expect(told.map(print)).toEqual([
        `ADDED ${one.name}`,
        `MODIFIED ${one.name}`,
        `DELETED ${one.name}`,
        `ADDED ${two.name}`,
        `DELETED ${two.name}`,
      ]);
    });

    it('ends a watch when the signal aborts', async () => {
      const { resourceVersion } = await client.list(configMaps, { namespace });
      const stop = new AbortController();
      const seen: WatchEvent[] = [];
      setTimeout(() => stop.abort(), 100);
      const selection = { namespace, resourceVersion, timeoutSeconds: 60 };
      for await (const event of client.watch(configMaps, selection, stop.signal)) seen.push(event);
      expect(seen).toEqual([]);
    });

    it('has no log of a Pod that is not there', async () => {
      const selection = { namespace, name: 'nobody', container: 'main', tailLines: 10, limitBytes: 1000 };
      const error = await failure(client.podLog(selection));
      expect(error).not.toBeInstanceOf(PolicyError);
      expect(isNotFound(error)).toBe(true);
      expect(isExpired(error)).toBe(false);
    });

    it('knows the version of the server', async () => {
      expect((await client.version()).gitVersion).toMatch(/^v1\.\d+/);
    });
  });
}

/** A suspended Job: nothing but a status changes it. */
export function aJob(name: string) {
  const container = { name: 'main', image: 'example.org/none:1' };
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { suspend: true, template } };
}

async function take(count: number, watch: (signal: AbortSignal) => AsyncIterable<WatchEvent>): Promise<WatchEvent[]> {
  const stop = new AbortController();
  const taken: WatchEvent[] = [];
  for await (const event of watch(stop.signal)) {
    if (event.type !== 'BOOKMARK') taken.push(event);
    if (taken.length === count) break;
  }
  stop.abort();
  return taken;
}

function print(event: WatchEvent): string {
  return 'object' in event ? `${event.type} ${String(metadataOf(event.object)['name'])}` : event.type;
}
