import { begunIn, parseReport, type Report } from '../../api/report.ts';

/** What a line of a builder's log is to whoever asks for one order: shown or not, and whether any of it follows. */
interface Sight {
  readonly isShown: boolean;
  readonly isLast: boolean;
}

/** Of the log of a container that builds for others, too: the lines from the beginning of one order to its report. */
export class OrderLines {
  readonly #step: Report['step'];
  readonly #order: string;
  #isItsTurn = false;

  constructor(step: Report['step'], order: string) {
    this.#step = step;
    this.#order = order;
  }

  take(line: string): Sight {
    const begun = begunIn(line, this.#step);
    if (begun !== undefined) this.#isItsTurn = begun === this.#order;
    const isLast = parseReport(line)?.order === this.#order || line === `[enbi] order ${this.#order} was cancelled`;
    return { isShown: this.#isItsTurn, isLast: this.#isItsTurn && isLast };
  }
}
