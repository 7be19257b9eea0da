import { join } from 'node:path';
import type { AgentImport } from '../../../src/api/agent-order.ts';
import type { OrderReport } from '../../../src/api/order-report.ts';
import { KubeletVolume } from '../../support/kubelet-volume.ts';
import { RunningAgent } from '../../support/running-agent.ts';
import type { PodRoot } from './pod-root.ts';

const version = 'enbi:test';
/** Until an image of half a gigabyte is decompressed on a busy machine. */
const patienceMs = 600_000;
const command = ['/opt/node/node', '/opt/enbi/enbi.mjs', 'agent'];

/** An agent as the image ships it, in a Pod's place. Once killed it is started again with the next order, as its Pod would be. */
export class PodAgent implements AsyncDisposable {
  readonly #root: PodRoot;
  readonly #socket: string;
  readonly #volume: KubeletVolume;
  #agent: RunningAgent | undefined;
  #count = 0;

  /** `socket`: of containerd, as the Pod sees it. */
  constructor(root: PodRoot, socket: string) {
    this.#root = root;
    this.#socket = socket;
    this.#volume = new KubeletVolume(join(root.enbi, 'order'));
  }

  /** Lists it, and nothing else; undefined: the agent was killed before it had said what came of it. */
  async import(order: AgentImport): Promise<OrderReport | undefined> {
    const id = `import-${this.#count++}`;
    await this.#list([{ id, import: order }]);
    const agent = await this.running();
    try {
      return await agent.until(id, 'done', patienceMs);
    } catch (thrown) {
      if (agent.isOver) return undefined;
      throw thrown;
    }
  }

  /** Started now, unless it runs. */
  async running(): Promise<RunningAgent> {
    if (this.#agent?.isOver === false) return this.#agent;
    if (this.#agent === undefined && this.#count === 0) await this.#list([]);
    const env = { ...process.env, ENBI_VERSION: version, ENBI_SOCKET: this.#socket };
    const limits = { ENBI_IMPORT_MEMORY_BYTES: `${2 ** 30}` };
    this.#agent = RunningAgent.start(command, { ...env, ...limits }, this.#root.command);
    await this.#agent.begun();
    return this.#agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.kill();
  }

  async #list(orders: readonly object[]): Promise<void> {
    await this.#volume.write('orders.json', JSON.stringify({ version, ask: '1', atOnce: 2, orders }));
  }
}
