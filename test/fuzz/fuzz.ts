import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromWorker } from './messages.ts';

export interface FuzzWishes {
  readonly minutes: number;
  readonly seed: number;
  /** Where findings are kept. */
  readonly keepIn: string;
  readonly report: (line: string) => void;
}

export interface FuzzResult {
  readonly tried: number;
  readonly findings: number;
  readonly outcomes: ReadonlyMap<string, number>;
}

/** An input that takes longer hangs: the largest take a second on a busy machine. */
const hangSeconds = 60;

/** A thread that tries inputs is begun anew, with the next seed, when it hangs or dies; what it tried then is a finding. */
export async function fuzz(wishes: FuzzWishes): Promise<FuzzResult> {
  const run = new Run(wishes);
  const end = performance.now() + wishes.minutes * 60_000;
  for (let seed = wishes.seed; performance.now() < end; seed++) {
    const directory = await mkdtemp(join(tmpdir(), 'enbi-fuzz-'));
    await run.thread(directory, seed, end);
    await rm(directory, { recursive: true });
  }
  return run;
}

class Run implements FuzzResult {
  tried = 0;
  findings = 0;
  readonly outcomes = new Map<string, number>();
  readonly #wishes: FuzzWishes;
  #trying = { story: 'nothing yet', isFile: false };
  #coverage = '';
  #saidAt = performance.now();

  constructor(wishes: FuzzWishes) {
    this.#wishes = wishes;
  }

  /** Until the time is up, or it must be ended. */
  async thread(directory: string, seed: number, end: number): Promise<void> {
    // What an archive makes the importer hold in memory is bounded too.
    const resourceLimits = { maxOldGenerationSizeMb: 1024 };
    const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), {
      workerData: { seed, directory },
      resourceLimits,
    });
    const ended = Promise.withResolvers<string | undefined>();
    const hangs = setTimeout(() => ended.resolve(`did not end within ${hangSeconds} s`), hangSeconds * 1000);
    const isOver = setTimeout(() => ended.resolve(undefined), Math.max(0, end - performance.now()));
    worker.on('message', (message: FromWorker) => {
      hangs.refresh();
      void this.#hear(message, directory);
    });
    worker.on('error', (error) => ended.resolve(`ended the thread: ${error.stack}`));
    const problem = await ended.promise;
    clearTimeout(hangs);
    clearTimeout(isOver);
    if (problem !== undefined) await this.#finding(problem, directory);
    await worker.terminate();
  }

  async #hear(message: FromWorker, directory: string): Promise<void> {
    switch (message.is) {
      case 'trying':
        this.#trying = message;
        break;
      case 'tried':
        this.#count(message.outcome);
        break;
      case 'finding':
        this.#count('finding');
        await this.#finding(message.problem, directory, message.input);
        break;
      case 'coverage':
        this.#coverage = `${message.blocks} blocks of the reader run, ${message.kept} inputs kept`;
        break;
    }
    if (performance.now() - this.#saidAt > 10_000) this.#say();
  }

  #count(outcome: string): void {
    this.tried += 1;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  #say(): void {
    this.#saidAt = performance.now();
    const counts = [...this.outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
    this.#wishes.report(`${this.tried} inputs (${counts}); ${this.#coverage}; ${this.findings} findings`);
  }

  async #finding(problem: string, directory: string, input?: Uint8Array): Promise<void> {
    const { keepIn, seed, report } = this.#wishes;
    const { story, isFile } = this.#trying;
    this.findings += 1;
    await mkdir(keepIn, { recursive: true });
    const path = join(keepIn, `finding-${seed}-${this.findings}`);
    await writeFile(`${path}.txt`, `${story}\n${problem}\n`);
    if (input !== undefined) await writeFile(`${path}.tar`, input);
    // Of a thread that is gone: what it had written last.
    else if (isFile) await copyFile(join(directory, 'store', '0123456789abcdfghijklmnpqrsvwxyz-input'), `${path}.tar`);
    report(`FINDING, kept as ${path}.txt: ${story}: ${problem}`);
  }
}
