/**
 * Lets the event loop have its turn: thousands of passes that find nothing to do would else follow one another without an answer being
 * read, or a probe answered.
 */
export class Breather {
  readonly #inARow: number;
  #left: number;
  #turn: Promise<void> | undefined;

  constructor(inARow: number) {
    this.#inARow = inARow;
    this.#left = inARow;
  }

  /** Undefined for the first of a turn of the loop: they go on at once. For the others, when the next turn has come. */
  next(): Promise<void> | undefined {
    if (this.#left > 0) {
      this.#left -= 1;
      return undefined;
    }
    this.#turn ??= this.#nextTurn();
    return this.#turn;
  }

  async #nextTurn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#left = this.#inARow;
    this.#turn = undefined;
  }
}
