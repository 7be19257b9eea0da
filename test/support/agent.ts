import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeletVolume } from './kubelet-volume.ts';
import { putIntoStore } from './put-into-store.ts';
import { RunningAgent } from './running-agent.ts';

const here = import.meta.dirname;

/** A node with stores of tenants, and agents on it, each a process as it runs in its Pod. */
export class AgentNode implements AsyncDisposable {
  readonly #root: string;
  readonly #socket: string;
  readonly #volume: KubeletVolume;
  readonly agents: RunningAgent[] = [];

  private constructor(root: string, socket: string) {
    this.#root = root;
    this.#socket = socket;
    this.#volume = new KubeletVolume(join(root, 'volume'));
  }

  static async create(socket: string): Promise<AgentNode> {
    return new AgentNode(await mkdtemp(join(tmpdir(), 'enbi-agent-')), socket);
  }

  get stores(): string {
    return join(this.#root, 'stores');
  }

  /** Puts an output into a tenant's store; returns its path as Nix would call it. */
  async built(tenant: string, name: string, output: Buffer): Promise<string> {
    const store = join(this.stores, tenant, 'nix/store');
    await mkdir(store, { recursive: true });
    return await putIntoStore(store, name, output);
  }

  async list(orders: readonly object[], more: object = {}): Promise<void> {
    const list = { version: 'enbi:test', ask: '1', atOnce: 2, orders, ...more };
    await this.#volume.write('orders.json', JSON.stringify(list));
  }

  importOrder(
    id: string,
    { tenant, ...order }: { readonly tenant: string; readonly [field: string]: unknown },
  ): object {
    const owner = { namespace: tenant, name: 'app', uid: id };
    const fixed = { system: 'x86_64-linux', owner, script: false, socket: this.#socket, store: { tenant } };
    return { id, import: { ...fixed, imageName: `r.example/${tenant}/app:1`, seconds: 60, ...order } };
  }

  start({ memoryBytes = 300 * 1024 * 1024 } = {}): RunningAgent {
    const setup = {
      version: 'enbi:test',
      memoryBytes,
      places: {
        stores: this.stores,
        memories: join(this.#root, 'imports'),
        host: join(this.#root, 'host'),
        socket: this.#socket,
      },
      orders: join(this.#root, 'volume/orders.json'),
      terminationLog: this.terminationLog,
      program: [process.execPath, join(here, 'hostile-child.ts')],
    };
    const command = [process.execPath, join(here, 'agent-process.ts'), JSON.stringify(setup)];
    const agent = RunningAgent.start(command);
    this.agents.push(agent);
    return agent;
  }

  get terminationLog(): string {
    return join(this.#root, 'termination-log');
  }

  async lastWord(): Promise<unknown> {
    return JSON.parse(await readFile(this.terminationLog, 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.agents) await agent.kill();
    await rm(this.#root, { recursive: true, force: true });
  }
}
