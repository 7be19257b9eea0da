import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';

export interface Passed {
  readonly bytes: number;
  readonly chunks: number;
}

/** When something happens: so many bytes, or chunks, have gone to the runtime. */
export type Point = { readonly unit: keyof Passed; readonly at: number };

/**
 * Stands between an importer and containerd's socket, and makes something happen at an exact point of what the importer sends:
 * every byte can be the last, also in the middle of a message.
 */
export class CountingProxy implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#accept(socket));
  readonly #path: string;
  readonly #runtime: string;
  #passed: Passed = { bytes: 0, chunks: 0 };
  #point: Point | undefined;
  #happens: () => void = () => {};

  private constructor(path: string, runtime: string) {
    this.#path = path;
    this.#runtime = runtime;
  }

  static async listen(path: string, runtime: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(path, runtime);
    await rm(path, { force: true });
    proxy.#server.listen(path);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** Counts from here on. */
  arm(point: Point | undefined, happens: () => void): void {
    this.#passed = { bytes: 0, chunks: 0 };
    this.#point = point;
    this.#happens = happens;
  }

  get passed(): Passed {
    return this.#passed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
    await rm(this.#path, { force: true });
  }

  #accept(importer: Socket): void {
    const runtime = connect(this.#runtime);
    const both = [importer, runtime] as const;
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    importer.on('data', (chunk: Buffer) => this.#forward(chunk, importer, runtime));
    runtime.pipe(importer);
  }

  #forward(chunk: Buffer, importer: Socket, runtime: Socket): void {
    const { bytes, chunks } = this.#passed;
    this.#passed = { bytes: bytes + chunk.length, chunks: chunks + 1 };
    const due = this.#point !== undefined && this.#passed[this.#point.unit] >= this.#point.at;
    const last = due && this.#point?.unit === 'bytes' ? chunk.subarray(0, this.#point.at - bytes) : chunk;
    if (!runtime.write(last)) {
      importer.pause();
      runtime.once('drain', () => importer.resume());
    }
    if (due) {
      this.#point = undefined;
      this.#happens();
      // What the importer had sent beyond the point must not arrive after all.
      if (last.length < chunk.length) importer.destroy();
    }
  }
}
