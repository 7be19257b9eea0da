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
    const at = new Place();
    beforeAll(async () => at.open(await connect()));
    describeReading(at);
    describeWriting(at);
    describePreconditions(at);
    describeDeleting(at);
    describeListing(at);
    describeWatching(at);
  });
}

function describeReading(at: Place): void {
  it('reads nothing where there is nothing', async () => {
    expect(await at.client.get(configMaps, { namespace: at.namespace, name: 'nobody' })).toBeUndefined();
  });

  it('reads back what it created', async () => {
    const { name, uid } = await at.aConfigMap({ labels: { kind: 'simple' } });
    const read = await at.client.get(configMaps, { namespace: at.namespace, name });
    expect(read).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name, namespace: at.namespace, uid, labels: { kind: 'simple' } },
      data: { a: '1' },
    });
  });

  it('has no log of a Pod that is not there', async () => {
    const selection = { namespace: at.namespace, name: 'nobody', container: 'main', follow: true };
    const lines = at.client.followLog(selection, new AbortController().signal);
    const error = await failure(Array.fromAsync(lines));
    expect(error).not.toBeInstanceOf(PolicyError);
    expect(isNotFound(error)).toBe(true);
    expect(isExpired(error)).toBe(false);
  });

  it('knows the version of the server', async () => {
    expect((await at.client.version()).gitVersion).toMatch(/^v1\.\d+/);
  });
}

function describeWriting(at: Place): void {
  it('refuses a second object of the same name', async () => {
    const { name } = await at.aConfigMap();
    const error = await failure(
      at.client.create(configMaps, at.namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }),
    );
    expect(error).toBeInstanceOf(TransientError);
    expect([isAlreadyExists(error), isConflict(error)]).toEqual([true, false]);
    expect(apiStatusOf(error)?.message).toContain('already exists');
  });

  it('merges patches, null removes', async () => {
    const one = await at.aConfigMap();
    const patched = await at.client.patch(configMaps, one, { data: { a: '9', b: null } });
    expect(patched).toMatchObject({ data: { a: '9' } });
    expect(patched).not.toHaveProperty('data.b');
  });

  it('keeps the resourceVersion when a patch changes nothing', async () => {
    const one = await at.aConfigMap();
    const patched = await at.client.patch(configMaps, one, { data: { a: '1' } });
    expect(identityOf(patched).resourceVersion).toBe(identityOf(one.raw).resourceVersion);
  });

  it('writes the status through its subresource only', async () => {
    const job = await at.client.create(jobs, at.namespace, { ...aJob('counts'), status: { active: 7 } });
    expect(job).not.toHaveProperty('status.active');
    const { uid, resourceVersion } = identityOf(job);
    const name = { namespace: at.namespace, name: 'counts' };
    const body = { metadata: { uid, resourceVersion }, status: { active: 1 }, spec: { suspend: false } };
    const patched = await at.client.patch(jobs, name, body, { subresource: 'status' });
    expect(patched).toMatchObject({ spec: { suspend: true }, status: { active: 1 }, metadata: { generation: 1 } });
    const error = await failure(
      at.client.patch(jobs, name, { ...body, status: { active: 2 } }, { subresource: 'status' }),
    );
    expect(isConflict(error)).toBe(true);
  });
}

function describePreconditions(at: Place): void {
  it('says NotFound for writes to what is not there', async () => {
    const nobody = { namespace: at.namespace, name: 'nobody' };
    expect(isNotFound(await failure(at.client.patch(configMaps, nobody, { data: {} })))).toBe(true);
    expect(isNotFound(await failure(at.client.delete(configMaps, nobody, { propagation: 'Background' })))).toBe(true);
  });

  it('refuses a patch meant for another uid', async () => {
    const one = await at.aConfigMap();
    const error = await failure(at.client.patch(configMaps, one, { metadata: { uid: 'another' }, data: { a: '9' } }));
    expect(error).toBeInstanceOf(TransientError);
    expect([isConflict(error), isAlreadyExists(error)]).toEqual([true, false]);
  });

  it('refuses a patch made on an older version', async () => {
    const one = await at.aConfigMap();
    const { resourceVersion } = identityOf(one.raw);
    await at.client.patch(configMaps, one, { data: { a: '5' } });
    const error = await failure(at.client.patch(configMaps, one, { metadata: { resourceVersion }, data: { a: '9' } }));
    expect(isConflict(error)).toBe(true);
  });

  it('refuses a delete meant for another uid', async () => {
    const one = await at.aConfigMap();
    const error = await failure(at.client.delete(configMaps, one, { uid: 'another', propagation: 'Background' }));
    expect(isConflict(error)).toBe(true);
    expect(await at.client.get(configMaps, one)).toBeDefined();
  });
}

function describeDeleting(at: Place): void {
  it('answers a delete with nothing when the object is gone', async () => {
    const one = await at.aConfigMap();
    expect(await at.client.delete(configMaps, one, { uid: one.uid, propagation: 'Background' })).toBeUndefined();
    expect(await at.client.get(configMaps, one)).toBeUndefined();
  });

  it('answers a delete with the object while a finalizer keeps it', async () => {
    const one = await at.aConfigMap({ finalizers: ['example.org/wait'] });
    const left = await at.client.delete(configMaps, one, { uid: one.uid, propagation: 'Background' });
    expect(metadataOf(left)['deletionTimestamp']).toBeDefined();
    await at.client.patch(configMaps, one, { metadata: { finalizers: null } });
    expect(await at.client.get(configMaps, one)).toBeUndefined();
  });
}

function describeListing(at: Place): void {
  it('lists in pages, all as of one version', async () => {
    for (let i = 0; i < 5; i++) await at.aConfigMap({ labels: { page: 'yes' } });
    const selection = { namespace: at.namespace, labelSelector: 'page=yes', limit: 2 };
    const first = await at.client.list(configMaps, selection);
    await at.aConfigMap({ labels: { page: 'yes' } });
    const second = await at.client.list(configMaps, { ...selection, continueToken: first.continueToken });
    const third = await at.client.list(configMaps, { ...selection, continueToken: second.continueToken });
    const pages = [first, second, third];
    expect(pages.map((page) => page.items.length)).toEqual([2, 2, 1]);
    expect(new Set(pages.map((page) => page.resourceVersion)).size).toBe(1);
    expect(third.continueToken).toBeUndefined();
  });

  it('selects by label and field', async () => {
    const one = await at.aConfigMap({ labels: { colour: 'red' } });
    await at.aConfigMap({ labels: { colour: 'blue' } });
    const names = async (selection: object) =>
      (await at.client.list(configMaps, { namespace: at.namespace, ...selection })).items.map(
        (item) => identityOf(item).key,
      );
    expect(await names({ labelSelector: 'colour=red' })).toEqual([`${at.namespace}/${one.name}`]);
    expect(await names({ labelSelector: 'colour,colour!=red' })).toHaveLength(1);
    expect(await names({ fieldSelector: `metadata.name=${one.name}` })).toEqual([`${at.namespace}/${one.name}`]);
  });
}

function describeWatching(at: Place): void {
  it('watches from a version on, in order, and tells a left selection as a deletion', async () => {
    const { resourceVersion } = await at.client.list(configMaps, { namespace: at.namespace });
    const labels = { watched: 'yes' };
    const one = await at.aConfigMap({ labels });
    await at.client.patch(configMaps, one, { data: { a: '2' } });
    await at.client.patch(configMaps, one, { metadata: { labels: { watched: 'no' } } });
    const two = await at.aConfigMap({ labels });
    await at.client.delete(configMaps, two, { propagation: 'Background' });
    const selection = { namespace: at.namespace, labelSelector: 'watched=yes', resourceVersion, timeoutSeconds: 30 };
    const told = await take(5, (signal) => at.client.watch(configMaps, selection, signal));
    expect(told.map(print)).toEqual([
      `ADDED ${one.name}`,
      `MODIFIED ${one.name}`,
      `DELETED ${one.name}`,
      `ADDED ${two.name}`,
      `DELETED ${two.name}`,
    ]);
  });

  it('ends a watch when the signal aborts', async () => {
    const { resourceVersion } = await at.client.list(configMaps, { namespace: at.namespace });
    const stop = new AbortController();
    const seen: WatchEvent[] = [];
    setTimeout(() => stop.abort(), 100);
    const selection = { namespace: at.namespace, resourceVersion, timeoutSeconds: 60 };
    for await (const event of at.client.watch(configMaps, selection, stop.signal)) seen.push(event);
    expect(seen).toEqual([]);
  });
}

/** A namespace of its own on the server under test. */
class Place {
  client!: KubeClient;
  readonly namespace = `conformance-${Date.now()}`;
  #count = 0;

  async open(client: KubeClient): Promise<void> {
    this.client = client;
    const metadata = { name: this.namespace };
    await client.create(namespaces, undefined, { apiVersion: 'v1', kind: 'Namespace', metadata });
  }

  async aConfigMap(metadata: object = {}): Promise<{ name: string; namespace: string; uid: string; raw: unknown }> {
    const { namespace } = this;
    const name = `one-${++this.#count}`;
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: '1', b: '2' } };
    const raw = await this.client.create(configMaps, namespace, manifest);
    return { name, namespace, uid: identityOf(raw).uid, raw };
  }
}

async function failure(call: Promise<unknown>): Promise<Error> {
  const failed = await call.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return failed ?? expect.fail('the call succeeded');
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
