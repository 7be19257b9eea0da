import type { ServerResponse } from 'node:http';
import type { EventFault } from '../plan.ts';
import type { Live } from '../server/live.ts';
import type { MirrorEvent, Plural } from '../server/mirror.ts';
import { lineOf, type Selection, type WatchLine } from './selection.ts';
import { statusAnswers, statusObject } from './status-answer.ts';

export interface StreamOptions {
  readonly moment: string;
  readonly plural: Plural;
  readonly selects: Selection;
  readonly response: ServerResponse;
  readonly setTimer: (ms: number, fn: () => void) => () => void;
  /** What is to become of an event; `hadBefore`: its object was there before. */
  readonly meet: (hadBefore: boolean) => EventFault | undefined;
  /** For what concerns more than this stream. */
  readonly disturb: (fault: EventFault) => void;
}

const heldMs = 20_000;
const oldMs = 10_000;

/** One watch of a controller's. */
export class Stream {
  readonly #options: StreamOptions;
  readonly #held: MirrorEvent[] = [];
  readonly #cancels: (() => void)[] = [];
  #isFrozen = false;
  #isOver = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    options.response.writeHead(200, { 'content-type': 'application/json' });
    options.response.flushHeaders();
    options.response.on('close', () => this.#end());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get plural(): Plural {
    return this.#options.plural;
  }

  offer(event: MirrorEvent): void {
    if (event.plural !== this.#options.plural || this.#isOver) return;
    if (this.#isFrozen) this.#held.push(event);
    else this.#pass(event);
  }

  /** Everything from now on comes later. */
  freeze(ms: number, then: () => void = () => undefined): void {
    this.#isFrozen = true;
    this.#after(ms, () => {
      then();
      this.#thaw();
    });
  }

  bookmark(resourceVersion: number): void {
    if (this.#isFrozen || this.#isOver) return;
    const metadata = { resourceVersion: String(resourceVersion), creationTimestamp: null };
    this.#write({ type: 'BOOKMARK', object: { kind: '', apiVersion: '', metadata } });
  }

  /** The connection breaks. */
  cut(): void {
    this.#end();
    this.#options.response.destroy();
  }

  /** The version asked for is too old: told in the stream, which ends by that. */
  expire(): void {
    if (this.#isOver) return;
    this.#write({ type: 'ERROR', object: statusObject(statusAnswers['410']) });
    this.#end();
    this.#options.response.end();
  }

  #pass(event: MirrorEvent): void {
    const line = lineOf(event, this.#options.selects);
    if (line === undefined) return;
    const fault = this.#options.meet(event.before !== undefined);
    if (fault === undefined) this.#write(line);
    else this.#disturb(fault, line, event);
  }

  #disturb(fault: EventFault, line: WatchLine, event: MirrorEvent): void {
    if (isForSession(fault)) {
      this.#options.disturb(fault);
      return this.cut();
    }
    switch (fault) {
      case 'cut':
        return this.cut();
      case 'cut-after':
        this.#write(line);
        return this.#afterFlush(() => this.cut());
      case 'half':
        this.#options.response.write(JSON.stringify(line).slice(0, 60));
        return this.#afterFlush(() => this.cut());
      case 'freeze':
        this.#held.push(event);
        return this.freeze(heldMs);
      case 'freeze-all':
        this.#held.push(event);
        return this.#options.disturb(fault);
      case 'skip':
        return this.#after(heldMs, () => this.expire());
      case 'gone':
        return this.expire();
      case 'twice':
        this.#write(line);
        return this.#write(line);
      case 'old':
        return this.#tellOld(line, event.before);
      default:
        throw fault satisfies never;
    }
  }

  #tellOld(line: WatchLine, before: Live | undefined): void {
    this.#write(line);
    if (before === undefined) return;
    this.#write({ type: line.type === 'DELETED' ? 'ADDED' : 'MODIFIED', object: before });
    this.freeze(oldMs, () => this.#write(line));
  }

  #thaw(): void {
    this.#isFrozen = false;
    while (this.#held.length > 0 && !this.#isFrozen && !this.#isOver) {
      const [event] = this.#held.splice(0, 1);
      if (event !== undefined) this.#pass(event);
    }
  }

  #write(line: object): void {
    if (!this.#isOver) this.#options.response.write(`${JSON.stringify(line)}\n`);
  }

  /** What was written is on its way before the connection breaks. */
  #afterFlush(fn: () => void): void {
    this.#isFrozen = true;
    this.#options.response.write('\n', () => setImmediate(fn));
  }

  #after(ms: number, fn: () => void): void {
    this.#cancels.push(
      this.#options.setTimer(ms, () => {
        if (!this.#isOver) fn();
      }),
    );
  }

  #end(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
  }
}

const forSession = ['gone-next', '429-next', '500-next', '401-next', 'kill', 'kill-lag', 'lag'] as const;

function isForSession(fault: EventFault): fault is (typeof forSession)[number] {
  return (forSession as readonly string[]).includes(fault);
}
