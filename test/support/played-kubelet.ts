import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { issue } from '../../cluster/certificates.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { folderOf } from '../../cluster/state.ts';
import type { KubeClient, ResourceType } from '../../src/runtime/kube-client.ts';
import { LiveLog } from '../../src/runtime/memory-kube/live-log.ts';

const nodes: ResourceType = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };
const pods: ResourceType = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const namespace = 'default';

/** A node of an API server without nodes, of whose kubelet there is nothing but the logs. */
export class PlayedKubelet implements AsyncDisposable {
  readonly #logs = new Map<string, LiveLog>();
  readonly #client: KubeClient;
  readonly #server: Server;

  private constructor(client: KubeClient, server: Server) {
    this.#client = client;
    this.#server = server;
    server.on('request', (incoming, response) => void this.#answer(incoming, response));
  }

  static async start(cluster: Cluster, client: KubeClient): Promise<PlayedKubelet> {
    const subject = { commonName: 'system:node:played', organization: 'system:nodes', hosts: [cluster.hostAddress] };
    const files = await issue(folderOf(cluster.name).pki, 'ca', 'played-kubelet', subject);
    const server = createServer({ cert: await readFile(files.certificate), key: await readFile(files.key) });
    server.listen(0, cluster.hostAddress);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the kubelet has no port');
    await client.create(nodes, undefined, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'played' } });
    const status = {
      addresses: [{ type: 'InternalIP', address: cluster.hostAddress }],
      daemonEndpoints: { kubeletEndpoint: { Port: address.port } },
    };
    await client.patch(nodes, { name: 'played' }, { status }, { subresource: 'status' });
    return new PlayedKubelet(client, server);
  }

  /** The log of its one container. */
  async runPod(name: string, container: string): Promise<LiveLog> {
    const containers = [{ name: container, image: 'example.org/none:1' }];
    const spec = { nodeName: 'played', containers };
    await this.#client.create(pods, namespace, { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
    const log = new LiveLog();
    this.#logs.set(`/containerLogs/${namespace}/${name}/${container}`, log);
    return log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'https://kubelet');
    const log = this.#logs.get(pathname);
    if (log === undefined) return void response.writeHead(404).end();
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const [tail, limit] = [searchParams.get('tailLines'), searchParams.get('limitBytes')];
    const selection = {
      namespace,
      name: '',
      container: '',
      follow: searchParams.get('follow') === 'true',
      tailLines: tail === null ? undefined : Number(tail),
      limitBytes: limit === null ? undefined : Number(limit),
    };
    try {
      for await (const { time, text } of log.read(selection, gone.signal)) {
        if (!response.write(`${time} ${text}\n`)) await once(response, 'drain', { signal: gone.signal });
      }
      response.end();
    } catch {
      response.destroy();
    }
  }
}
