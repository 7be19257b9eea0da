import type { Reporter, TestModule } from 'vitest/node';

/** Tells the process that started vitest when the first file of a project begins: the project's name. */
export default class BegunReporter implements Reporter {
  readonly #told = new Set<string>();

  onTestModuleStart({ project: { name } }: TestModule): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    process.send?.(name);
  }
}
