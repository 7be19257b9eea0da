import { reportLine } from '../../../src/api/report.ts';
import type { Live } from '../server/live.ts';

/** What a container has printed so far. */
export interface ContainerLog {
  readonly lines: readonly string[];
  readonly isOver: boolean;
}

/** What all containers of a world print, for whoever the kubelet would pass it on to. */
export class Logs {
  readonly #logs = new Map<string, { readonly lines: string[]; isOver: boolean }>();
  readonly #listeners = new Set<(key: string) => void>();

  static key(
    { namespace = '', name }: { readonly namespace?: string; readonly name: string },
    container: string,
  ): string {
    return `${namespace}/${name}/${container}`;
  }

  get(key: string): ContainerLog | undefined {
    return this.#logs.get(key);
  }

  /** Called with the key of every log that changes; the returned function ends it. */
  listen(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  begin({ metadata }: Live, container: string): void {
    const key = Logs.key(metadata, container);
    this.#logs.set(key, { lines: [], isOver: false });
    this.#print(key, `[enbi] ${container} begins`);
    this.#print(key, '[enbi] progress: at work');
  }

  /** The container ends a moment later. */
  report({ metadata }: Live, { step, order, result }: Reported): void {
    this.#print(Logs.key(metadata, step), reportLine({ step, order }, result));
  }

  hasReported({ metadata }: Live, container: string): boolean {
    return this.#logs.get(Logs.key(metadata, container))?.lines.some((line) => line.includes('report')) === true;
  }

  end({ metadata }: Live, container: string): void {
    const key = Logs.key(metadata, container);
    const log = this.#logs.get(key);
    if (log !== undefined) log.isOver = true;
    this.#tell(key);
  }

  #print(key: string, line: string): void {
    this.#logs.get(key)?.lines.push(line);
    this.#tell(key);
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key);
  }
}

interface Reported {
  readonly step: 'fetch' | 'build' | 'import';
  readonly order: string;
  readonly result: string;
}
