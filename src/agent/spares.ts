import { Child, type ChildStart } from './child.ts';

/** Processes for imports. One is started ahead, so that no import waits for Node. */
export class Spares {
  readonly #start: ChildStart;
  #spare: Child | undefined;

  constructor(start: ChildStart) {
    this.#start = start;
  }

  /** What was started ahead, if it lives. */
  take(): Child {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.isAlive === true ? spare : new Child(this.#start);
  }

  prepare(): void {
    if (this.#spare?.isAlive !== true) this.#spare = new Child(this.#start);
  }

  async drop(): Promise<void> {
    await this.#spare?.end();
    this.#spare = undefined;
  }
}
