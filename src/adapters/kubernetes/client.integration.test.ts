import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, up } from '../../../cluster/cluster.ts';
import { PolicyError, TransientError } from '../../errors.ts';
import { apiStatusOf, isNotFound } from '../../runtime/api-status.ts';
import { describeKubeClient } from '../../runtime/kube-client.conformance.ts';
import type { KubeClient, ResourceType } from '../../runtime/kube-client.ts';
import { createKubeClient } from './client.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { FakeWire } from './fake-wire.ts';
import { loadKubeconfig } from './kubeconfig.ts';

const configMaps: ResourceType = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true };
const namespaces: ResourceType = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const pods: ResourceType = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const userAgent = 'enbi-test';

let cluster: Cluster;
let access: ClusterAccess;

beforeAll(async () => {
  cluster = await up({ name: 'client-test', nodes: 0, report: () => undefined });
  access = await loadKubeconfig(cluster.kubeconfig);
});
afterAll(() => cluster.down());

describeKubeClient('the API server over HTTPS', () => Promise.resolve(createKubeClient(access, { userAgent })));

describe('on a bad wire', () => {
  const kubeSystem = { name: 'kube-system' };

  it('uses one connection for calls in turn, and few for many at once', async () => {
    const { wire, client } = await connect();
    for (let i = 0; i < 50; i++) await client.get(namespaces, kubeSystem);
    expect(wire.opened).toBe(1);
    await Promise.all(Array.from({ length: 100 }, () => client.get(namespaces, kubeSystem)));
    expect(wire.opened).toBeLessThanOrEqual(16);
  });

  it('gives a watch a connection of its own, and takes it back', async () => {
    const { wire, client } = await connect();
    const { resourceVersion } = await client.list(namespaces, {});
    const stop = new AbortController();
    const watching = Array.fromAsync(client.watch(namespaces, { resourceVersion, timeoutSeconds: 60 }, stop.signal));
    await expect.poll(() => wire.connections).toBe(2);
    stop.abort();
    await watching;
    await expect.poll(() => wire.connections).toBe(1);
  });

  it('asks again on a fresh connection when a kept one turns out dead', async () => {
    const { wire, client } = await connect();
    await Promise.all([client.get(namespaces, kubeSystem), client.get(namespaces, kubeSystem)]);
    wire.behaviour = 'reset';
    expect(await client.get(namespaces, kubeSystem)).toMatchObject({ metadata: kubeSystem });
    expect(wire.opened).toBe(3);
  });

  it('never sends a create twice', async () => {
    const { wire, client } = await connect();
    await client.get(namespaces, kubeSystem);
    wire.behaviour = 'reset';
    const created = client.create(configMaps, 'default', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
    });
    await expect(created).rejects.toMatchObject({ reason: 'NetworkUnreachable' });
    await expect(created).rejects.toBeInstanceOf(TransientError);
  });

  it('does not let a write out that was late, however it came to be', async () => {
    const { wire, access: ownAccess } = await FakeWire.between(access);
    let asked = 0;
    const guard = {
      signal: new AbortController().signal,
      check() {
        // The first time is before the connection is made, the second when the body would leave.
        if (++asked === 2) throw new TransientError('NotLeader', 'too late');
      },
    };
    using client = createKubeClient(ownAccess, { userAgent, guard });
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' } };
    await expect(client.create(configMaps, 'default', manifest)).rejects.toMatchObject({ reason: 'NotLeader' });
    expect(await client.get(configMaps, { namespace: 'default', name: 'late' })).toBeUndefined();
    await client.create(configMaps, 'default', manifest);
    await client.delete(configMaps, { namespace: 'default', name: 'late' }, { propagation: 'Background' });
    await wire[Symbol.asyncDispose]();
  });

  it('lets writes that wait for a connection out as soon as one is free', async () => {
    const { wire, access: ownAccess } = await FakeWire.between(access);
    const guard = { signal: new AbortController().signal, check: () => undefined };
    using client = createKubeClient(ownAccess, { userAgent, guard, maxSockets: 2 });
    const names = Array.from({ length: 20 }, (_, index) => `crowd-${index}`);
    const manifest = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    await Promise.all(names.map((name) => client.create(configMaps, 'default', manifest(name))));
    const away = { propagation: 'Background' } as const;
    await Promise.all(names.map((name) => client.delete(configMaps, { namespace: 'default', name }, away)));
    expect(wire.opened).toBe(2);
    await wire[Symbol.asyncDispose]();
  });

  it('cuts off writes that are under way when the guard says so', async () => {
    const { wire, access: ownAccess } = await FakeWire.between(access);
    const over = new AbortController();
    using client = createKubeClient(ownAccess, { userAgent, guard: { signal: over.signal, check: () => undefined } });
    wire.behaviour = 'swallow';
    const deleted = client.delete(configMaps, { namespace: 'default', name: 'x' }, { propagation: 'Background' });
    setTimeout(() => over.abort(), 100);
    await expect(deleted).rejects.toMatchObject({ reason: 'NetworkUnreachable' });
    await wire[Symbol.asyncDispose]();
  });

  it('gives up a call that is not answered in time', async () => {
    const { wire, client } = await connect({ deadlineMs: 200 });
    wire.behaviour = 'swallow';
    await expect(client.get(namespaces, kubeSystem)).rejects.toThrow('no answer in time');
  });

  it('gives up a watch whose head does not come in time', async () => {
    const { wire, client } = await connect({ deadlineMs: 200 });
    wire.behaviour = 'swallow';
    const selection = { resourceVersion: '1', timeoutSeconds: 60 };
    const watching = Array.fromAsync(client.watch(namespaces, selection, new AbortController().signal));
    await expect(watching).rejects.toThrow('no answer in time');
  });

  it('reports a watch that was cut', async () => {
    const { wire, client } = await connect();
    const { resourceVersion } = await client.list(namespaces, {});
    const selection = { resourceVersion, timeoutSeconds: 60 };
    const watching = Array.fromAsync(client.watch(namespaces, selection, new AbortController().signal));
    const cut = expect(watching).rejects.toBeInstanceOf(TransientError);
    await expect.poll(() => wire.connections).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    wire.cut();
    await cut;
  });

  it('says that nobody is there', async () => {
    const nowhere = createKubeClient({ ...access, server: new URL('https://127.0.0.1:1') }, { userAgent });
    await expect(nowhere.version()).rejects.toMatchObject({ reason: 'NetworkUnreachable' });
  });
});

describe('what the server answers', () => {
  it('to a stranger is a refusal by policy', async () => {
    const stranger = createKubeClient({ ...access, tls: { ca: access.tls.ca } }, { userAgent });
    const error = await failureOf(stranger.list(pods, {}));
    expect(error).toBeInstanceOf(PolicyError);
  });

  it('to a wrong token may pass: tokens are replaced', async () => {
    const tls = { ca: access.tls.ca };
    const expired = createKubeClient({ ...access, tls, bearerToken: () => 'expired' }, { userAgent });
    const error = await failureOf(expired.list(pods, {}));
    expect(error).toBeInstanceOf(TransientError);
    expect(apiStatusOf(error)?.code).toBe(401);
  });

  it('about the log of a Pod without a container yet may pass', async () => {
    const client = createKubeClient(access, { userAgent });
    const container = { name: 'main', image: 'example.org/none:1' };
    const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'new' }, spec: { containers: [container] } };
    await client.create(pods, 'default', manifest);
    const log = { namespace: 'default', name: 'new', container: 'main', follow: true, tailLines: 5, limitBytes: 100 };
    const read = (container: string) =>
      Array.fromAsync(client.followLog({ ...log, container }, new AbortController().signal));
    // The server answers a Pod without a node with an empty log or with 400, by version.
    const answer = await read('main').catch((thrown: unknown) => thrown);
    expect(answer instanceof TransientError ? [] : answer).toEqual([]);
    expect(await failureOf(read('nobody'))).toBeInstanceOf(TransientError);
  });

  it('about a kind it does not know is NotFound', async () => {
    const client = createKubeClient(access, { userAgent });
    const nothing: ResourceType = { apiVersion: 'example.org/v1', kind: 'No', plural: 'nos', namespaced: true };
    expect(isNotFound(await failureOf(client.list(nothing, {})))).toBe(true);
    expect(await client.get(nothing, { namespace: 'default', name: 'x' })).toBeUndefined();
  });

  it('to an apply keeps whose field is whose, and gives way to whoever applies last', async () => {
    const client = createKubeClient(access, { userAgent });
    const name = { namespace: 'default', name: 'applied' };
    const applied = (data: object, fieldManager: string) =>
      client.patch(
        configMaps,
        name,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name.name }, data },
        { contentType: 'apply', fieldManager },
      );
    await applied({ a: '1', b: '1' }, 'enbi');
    await applied({ a: '2', c: '2' }, 'another');
    expect(await client.get(configMaps, name)).toMatchObject({ data: { a: '2', b: '1', c: '2' } });
    // What its manager no longer says goes; what is another's stays.
    expect(await applied({}, 'enbi')).toMatchObject({ data: { a: '2', c: '2' } });
    expect(await client.get(configMaps, name)).not.toHaveProperty('data.b');
    await client.delete(configMaps, name, { propagation: 'Background' });
  });

  it('to an invalid object is a defect of whoever wrote it, and says which field', async () => {
    const client = createKubeClient(access, { userAgent });
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'Not Valid' } };
    const error = await failureOf(client.create(configMaps, 'default', manifest));
    expect(error).toMatchObject({ name: 'InternalError', reason: 'Invalid' });
    expect(apiStatusOf(error)?.fields).toEqual(['metadata.name']);
  });
});

/** A client by way of a wire of its own. */
async function connect(options: { deadlineMs?: number } = {}): Promise<{ wire: FakeWire; client: KubeClient }> {
  const between = await FakeWire.between(access);
  const client = createKubeClient(between.access, { userAgent, ...options });
  onTestFinished(async () => {
    client[Symbol.dispose]();
    await between.wire[Symbol.asyncDispose]();
  });
  return { wire: between.wire, client };
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail('the call succeeded'),
    (thrown: unknown) => thrown,
  );
}
