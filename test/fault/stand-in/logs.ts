import { order } from '../../../src/api/labels.ts';
import { isReporting, reportLine, reportPrefix } from '../../../src/api/report.ts';
import { annotationsOf, type Live } from '../server/live.ts';

/** What a container has printed so far. */
export interface ContainerLog {
  readonly lines: readonly string[];
  /** So many of them are in files that are gone. */
  readonly hidden: number;
  readonly isOver: boolean;
}

/** What all containers of a world print, for whoever the kubelet would pass it on to. */
export class Logs {
  readonly #logs = new Map<string, { readonly lines: string[]; hidden: number; isOver: boolean }>();
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

  open({ metadata }: Live, container: string): void {
    this.#logs.set(Logs.key(metadata, container), { lines: [], hidden: 0, isOver: false });
  }

  begin({ metadata }: Live, container: string): void {
    const key = Logs.key(metadata, container);
    this.#print(key, `[enbi] ${container} begins`);
    this.#print(key, '[enbi] progress: at work');
  }

  print({ metadata }: Live, container: string, line: string): void {
    this.#print(Logs.key(metadata, container), line);
  }

  /** The kubelet begins another file: whoever asks from now on does not see what was. */
  rotate({ metadata }: Live, container: string): void {
    const log = this.#logs.get(Logs.key(metadata, container));
    if (log !== undefined) log.hidden = log.lines.length;
  }

  /** The container ends a moment later. */
  report(pod: Live, container: string, result: string): void {
    if (!isReporting(container)) throw new Error(`container ${container} reports nothing`);
    const { id } = JSON.parse(annotationsOf(pod)[order] ?? '') as { id: string };
    this.#print(Logs.key(pod.metadata, container), reportLine({ step: container, order: id }, result));
  }

  hasReported({ metadata }: Live, container: string): boolean {
    const log = this.#logs.get(Logs.key(metadata, container));
    return log?.lines.some((line) => line.startsWith(reportPrefix)) === true;
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
