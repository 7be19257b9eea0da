import type { AgentOptions, ClientRequestArgs } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { asError } from '../../errors.ts';
import type { Dialer } from './dialer.ts';
import { Agent } from './node-http.ts';

type Opened = (error: Error | null, socket: Duplex) => void;

/**
 * An agent that knows which of its sockets are ready for a request. Node's own tells a request too little: one that waited for
 * its turn (`maxSockets`) gets a socket that has long been connected, and yet `reusedSocket` stays false for it.
 */
export class KnowingAgent extends Agent {
  readonly #dialer: Dialer;
  readonly #ready = new WeakSet<Duplex>();

  constructor(dialer: Dialer, options: AgentOptions) {
    super(options);
    this.#dialer = dialer;
  }

  override createConnection(_: ClientRequestArgs, opened?: Opened): Duplex | null | undefined {
    const dialled = this.#dialer.dial();
    if (!(dialled instanceof Promise)) return this.#watched(dialled);
    dialled.then(
      (socket) => opened?.(null, this.#watched(socket)),
      // With an error nobody looks at the socket, which the type wants all the same.
      (thrown: unknown) => opened?.(asError(thrown), new Socket()),
    );
    return undefined;
  }

  isReady(socket: Duplex): boolean {
    return this.#ready.has(socket);
  }

  whenReady(socket: Duplex, act: () => void): void {
    if (this.isReady(socket)) act();
    else socket.once(this.#dialer.readyEvent, act);
  }

  #watched(socket: Socket): Socket {
    // As Node's own agent: a body that follows its head is not to wait for an acknowledgement.
    socket.setNoDelay(true);
    socket.once(this.#dialer.readyEvent, () => this.#ready.add(socket));
    if (!socket.connecting && this.#dialer.readyEvent === 'connect') this.#ready.add(socket);
    return socket;
  }
}
