import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * An agent that knows which of its sockets are ready for a request. Node's own tells a request too little: one that waited for
 * its turn (`maxSockets`) gets a socket that has long been connected, and yet `reusedSocket` stays false for it.
 */
export class KnowingAgent extends Agent {
  readonly #connected = new WeakSet<Duplex>();

  override createConnection(...args: Parameters<Agent['createConnection']>): ReturnType<Agent['createConnection']> {
    const socket = super.createConnection(...args);
    socket?.once('secureConnect', () => this.#connected.add(socket));
    return socket;
  }

  isConnected(socket: Duplex): boolean {
    return this.#connected.has(socket);
  }
}
