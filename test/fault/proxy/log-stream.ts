import type { ServerResponse } from 'node:http';
import type { LineFault } from '../plan.ts';
import type { Logs } from '../stand-in/logs.ts';

export interface LogStreamOptions {
  readonly logs: Logs;
  readonly key: string;
  readonly response: ServerResponse;
  readonly setTimer: (ms: number, fn: () => void) => () => void;
  /** What is to become of a line. */
  readonly meet: () => LineFault | undefined;
  readonly kill: () => void;
}

const heldMs = 20_000;

/** One log that a controller follows. */
export class LogStream {
  readonly #options: LogStreamOptions;
  readonly #unlisten: () => void;
  #cancelThaw: () => void = () => undefined;
  #next: number;
  #isFrozen = false;
  #isOver = false;

  constructor(options: LogStreamOptions) {
    this.#options = options;
    const { response, logs, key } = options;
    this.#next = logs.get(key)?.hidden ?? 0;
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    response.on('close', () => this.#end());
    this.#unlisten = logs.listen((changed) => {
      if (changed === key) this.#tell();
    });
    this.#tell();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  cut(): void {
    this.#end();
    this.#options.response.destroy();
  }

  #tell(): void {
    const { logs, key, response } = this.#options;
    const { lines = [], isOver = true } = logs.get(key) ?? {};
    while (!this.#isOver && !this.#isFrozen && this.#next < lines.length) this.#pass(lines[this.#next++] ?? '');
    if (this.#isOver || this.#isFrozen || !isOver) return;
    this.#end();
    response.end();
  }

  #pass(line: string): void {
    const fault = this.#options.meet();
    switch (fault) {
      case undefined:
        return this.#write(line);
      case 'cut':
        return this.cut();
      case 'cut-after':
        this.#write(line);
        return this.#afterFlush();
      case 'half':
        this.#options.response.write(timed(line).slice(0, -8));
        return this.#afterFlush();
      case 'freeze':
        this.#next--;
        return this.#freeze();
      case 'lost':
        return;
      case 'twice':
        this.#write(line);
        return this.#write(line);
      case 'kill':
        return this.#options.kill();
      default:
        throw fault satisfies never;
    }
  }

  #write(line: string): void {
    this.#options.response.write(`${timed(line)}\n`);
  }

  /** What was written is on its way before the connection breaks. */
  #afterFlush(): void {
    this.#isFrozen = true;
    this.#options.response.write('', () => setImmediate(() => this.cut()));
  }

  #freeze(): void {
    this.#isFrozen = true;
    this.#cancelThaw = this.#options.setTimer(heldMs, () => {
      this.#isFrozen = false;
      this.#tell();
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#unlisten?.();
    this.#cancelThaw();
  }
}

function timed(line: string): string {
  return `2026-11-23T12:00:00.000000000Z ${line}`;
}
