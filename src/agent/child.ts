import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { asError } from '../errors.ts';
import type { AskedOfChild, Saying } from './agent-job.ts';
import { type Ended, failureOf } from './how-it-ended.ts';
import { Sayings } from './sayings.ts';

/** How one of the agent's processes is started. */
export interface ChildStart {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** What it may take of memory, all that Node reserves for itself included. */
  readonly dataBytes: number;
  /** Sends a signal to a process and all of its group; throws when there is none any more. */
  readonly signalGroup: (pid: number, signal: 'SIGTERM' | 'SIGKILL') => void;
}

export interface Hearing {
  readonly stop: AbortSignal;
  readonly seconds: number;
  readonly progress?: (text: string) => void;
  readonly line?: (text: string) => void;
}

/** A process that was asked to stop has so long to leave nothing behind. */
const graceMs = 5000;

/** Of what a process that died has said last. */
const keptWords = 4096;

/** What is still in the pipes of one that has ended is there at once; somebody who left its group may hold them open for ever. */
const lastWordsMs = 1000;

/**
 * The kernel holds each child to its memory: what it may not have, it does not get, and it dies of that alone. A container's own limit
 * would come too late, as the kubelet has the kernel kill all of a container (memory.oom.group), the agent with it. Should the node run
 * out of memory, this is what goes first.
 */
const limited = 'echo 1000 2>/dev/null >/proc/self/oom_score_adj; ulimit -d "$0" && exec "$@"';

/**
 * One process that does what a stranger's archive may harm. It ends with the agent. They speak by plain pipes: the channel that Node makes
 * between processes takes lines of any length, and one that it cannot read ends whoever hears it.
 */
export class Child {
  readonly #running: ChildProcess;
  readonly #signalGroup: ChildStart['signalGroup'];
  readonly #exited: Promise<Ended>;
  #words = '';
  #said = new Sayings();
  #hear: (said: Saying) => void = () => {};
  #isOver = false;
  #killedFor: Ended['killedFor'];

  constructor({ command, dataBytes, signalGroup }: ChildStart) {
    this.#signalGroup = signalGroup;
    const limit = String(Math.ceil(dataBytes / 1024));
    this.#running = spawn('/bin/sh', ['-c', limited, limit, ...command], { detached: true });
    // Whoever has ended hears nothing.
    this.#running.stdin?.on('error', () => {});
    this.#running.stdout?.setEncoding('utf8').on('data', (text: string) => this.#listen(text));
    this.#running.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-keptWords);
    });
    this.#exited = this.#whenExited();
  }

  get isAlive(): boolean {
    return !this.#isOver;
  }

  /** What the job came to. Never rejects: a process that died without an answer has failed. */
  async do(asked: AskedOfChild, hearing: Hearing): Promise<unknown> {
    const { stop, seconds } = hearing;
    const timer = setTimeout(() => this.#kill('SIGKILL', 'time'), seconds * 1000);
    const cancel = () => this.#stop();
    stop.addEventListener('abort', cancel, { once: true });
    if (stop.aborted) cancel();
    try {
      const answer = this.#answer(hearing);
      this.#running.stdin?.write(`${JSON.stringify(asked)}\n`);
      return await Promise.race([answer, this.#exited.then((ended) => failureOf(ended, seconds))]);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', cancel);
      this.#hear = () => {};
    }
  }

  /** Resolves when nothing of it runs any more. */
  async end(): Promise<void> {
    this.#kill('SIGKILL');
    await this.#exited;
  }

  #answer({ progress, line }: Hearing): Promise<unknown> {
    return new Promise((resolve) => {
      this.#hear = (said) => {
        if ('answer' in said) resolve(said.answer);
        else if ('progress' in said) progress?.(said.progress);
        else line?.(said.line);
      };
    });
  }

  #listen(text: string): void {
    for (const said of this.#said.take(text)) this.#hear(said);
    if (this.#said.isTooMuch) this.#kill('SIGKILL', 'talk');
  }

  #stop(): void {
    this.#kill('SIGTERM', 'stop');
    const timer = setTimeout(() => this.#kill('SIGKILL'), graceMs);
    void this.#exited.then(() => clearTimeout(timer));
  }

  /** With all that it has started. */
  #kill(signal: 'SIGTERM' | 'SIGKILL', why?: Ended['killedFor']): void {
    const { pid } = this.#running;
    if (pid === undefined || this.#isOver) return;
    this.#killedFor ??= why;
    try {
      this.#signalGroup(pid, signal);
    } catch {
      // It has ended this moment.
    }
  }

  async #whenExited(): Promise<Ended> {
    const closed = once(this.#running, 'close').catch(() => {});
    try {
      const [code, signal] = await once(this.#running, 'exit');
      await this.#heardToEnd(closed);
      return { code, signal, words: this.#words, killedFor: this.#killedFor };
    } catch (thrown) {
      return { code: null, signal: null, words: '', notStarted: asError(thrown).message };
    } finally {
      this.#isOver = true;
    }
  }

  async #heardToEnd(closed: Promise<unknown>): Promise<void> {
    const { stdout, stderr } = this.#running;
    const timer = setTimeout(() => {
      for (const stream of [stdout, stderr]) stream?.destroy();
    }, lastWordsMs);
    await closed;
    clearTimeout(timer);
  }
}
