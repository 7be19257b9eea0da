import { vi } from 'vitest';
import type { Cluster } from '../../cluster/cluster.ts';
import { apiVersion } from '../../src/api/labels.ts';
import { resource } from '../../src/cluster-view/resources.ts';
import { connectAsKubectl } from '../../src/main/plugin-connection.ts';
import type { PluginClient } from '../../src/plugin/ports.ts';
import { controller } from '../admission/requests.ts';
import { lasting, type Made, objects, podOfJob } from './objects.ts';
import { names } from './printed.ts';

/** What the commands find on the API server: the same again for each, whatever the one before has done. */
export class Server {
  readonly #admin: PluginClient;
  readonly #enbi: PluginClient;

  private constructor(clients: { admin: PluginClient; enbi: PluginClient }) {
    this.#admin = clients.admin;
    this.#enbi = clients.enbi;
  }

  static async on({ kubeconfig }: Cluster): Promise<Server> {
    const surroundings = { environment: {}, interactive: false, version: '0' };
    const admin = await connectAsKubectl({ kubeconfig }, surroundings);
    const enbi = await connectAsKubectl({ kubeconfig, as: controller }, surroundings);
    const server = new Server({ admin: admin.client, enbi: enbi.client });
    // A definition is served some moments after it is made.
    for (const type of [resource.builds, resource.stores])
      await vi.waitFor(() => admin.client.list(type, {}), { timeout: 60_000 });
    for (const made of lasting) await server.#create(made).catch(unless(/already exists/));
    return server;
  }

  async restore(phase: string | undefined): Promise<void> {
    const wanted = objects(phase);
    await this.#remove([resource.builds, resource.jobs, resource.pods], names.namespace);
    for (const { type, object } of wanted) await this.#delete(type, object.metadata);
    for (const made of wanted) await this.#create(made);
    const job = (await this.#admin.get(resource.jobs, { namespace: names.namespace, name: names.job })) as {
      metadata: { uid: string };
    };
    await this.#create(podOfJob(job.metadata.uid));
  }

  /** As the controller, in the end. */
  async succeed(): Promise<void> {
    const { items } = await this.#admin.list(resource.builds, { namespace: names.namespace });
    for (const { metadata } of items as Made['object'][])
      await this.#write(metadata, { status: 'Succeeded', nodes: [names.node], failure: null });
  }

  async #create({ type, object, status }: Made): Promise<void> {
    const { apiVersion: version, kind } = type;
    const { namespace } = object.metadata;
    await this.#admin.create(type, namespace, { apiVersion: version, kind, ...object });
    if (status !== undefined) await this.#write(object.metadata, status);
  }

  async #write(metadata: Made['object']['metadata'], status: object): Promise<void> {
    const patch = { apiVersion, kind: 'NixBuild', status };
    await this.#enbi.patch(resource.builds, metadata, patch, { subresource: 'status' });
  }

  async #remove(types: readonly Made['type'][], namespace: string): Promise<void> {
    for (const type of types) {
      const { items } = await this.#admin.list(type, { namespace });
      for (const { metadata } of items as Made['object'][]) await this.#delete(type, metadata);
    }
  }

  async #delete(type: Made['type'], metadata: Made['object']['metadata']): Promise<void> {
    const options = { propagation: 'Background', gracePeriodSeconds: 0 } as const;
    await this.#admin.delete(type, metadata, options).catch(unless(/not found/));
  }
}

function unless(expected: RegExp): (thrown: unknown) => void {
  return (thrown) => {
    if (!expected.test(String(thrown))) throw thrown;
  };
}
