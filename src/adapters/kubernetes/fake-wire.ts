import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { ClusterAccess } from './cluster-access.ts';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** A wire to the API server that can be cut, silenced and counted. TLS goes through it untouched. */
export class FakeWire implements AsyncDisposable {
  /** Connections made so far. */
  opened = 0;
  #behaviour: 'pass' | 'swallow' | 'reset' = 'pass';
  readonly #pairs = new Set<Pair>();
  readonly #server = createServer((near) => this.#accept(near));
  readonly #target: URL;

  private constructor(target: URL) {
    this.#target = target;
  }

  /** The same access, by way of a new wire. */
  static async between(access: ClusterAccess): Promise<{ wire: FakeWire; access: ClusterAccess }> {
    const wire = new FakeWire(access.server);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    const address = wire.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the wire has no port');
    return { wire, access: { ...access, server: new URL(`https://127.0.0.1:${address.port}`) } };
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Cuts every connection; new ones can be made. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** From now on what is sent on the connections there are gets lost, in both directions; new ones work. */
  silence(): void {
    for (const { near, far } of this.#pairs) {
      near.removeAllListeners('data').pause();
      far.removeAllListeners('data').pause();
    }
  }

  /** New connections and what is sent from now on: passed, lost, or answered with a reset. */
  set behaviour(behaviour: 'pass' | 'swallow' | 'reset') {
    this.#behaviour = behaviour;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    this.opened++;
    const far = connect(Number(this.#target.port), this.#target.hostname);
    const pair = { near, far };
    this.#pairs.add(pair);
    near.on('data', (chunk) => this.#forward(pair, chunk));
    far.on('data', (chunk) => near.write(chunk));
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.end();
        this.#pairs.delete(pair);
      });
    }
  }

  #forward({ near, far }: Pair, chunk: Buffer): void {
    if (this.#behaviour === 'reset') {
      this.#behaviour = 'pass';
      near.resetAndDestroy();
      far.destroy();
    } else if (this.#behaviour === 'pass') far.write(chunk);
  }
}
