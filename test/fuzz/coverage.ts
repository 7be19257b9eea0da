import { Session } from 'node:inspector/promises';

/** Which parts of the importer's sources were run so far, as V8 counts them: block by block. */
export class Coverage implements Disposable {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** What was run since the last question and never before. */
  async news(): Promise<Set<string>> {
    const news = (await this.#run()).filter((block) => !this.#seen.has(block));
    for (const block of news) this.#seen.add(block);
    return new Set(news);
  }

  /** Which of these were run since the last question. */
  async among(blocks: ReadonlySet<string>): Promise<string[]> {
    return (await this.#run()).filter((block) => blocks.has(block));
  }

  async #run(): Promise<string[]> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => url.includes('/src/importer/source/'))
      .flatMap(({ url, functions }) => functions.map(({ ranges }) => ({ url, ranges })))
      .flatMap(({ url, ranges }) => ranges.filter(({ count }) => count > 0).map((range) => `${url} ${shape(range)}`));
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }
}

/** With how often, roughly: a loop that is run a hundred times is another behaviour than one that is run once. */
function shape({ startOffset, endOffset, count }: { startOffset: number; endOffset: number; count: number }): string {
  return `${startOffset} ${endOffset} ${Math.ceil(Math.log2(count) / 3)}`;
}
