export interface Created {
  readonly live: unknown;
  /** Undefined: it was there. */
  readonly madeBy?: 'this pass' | 'another pass';
}

/**
 * Creates that were sent and are not answered yet. Who wants the same object meanwhile waits for that answer: ten Pods that
 * want one image want it in the same moment, and whatever each of them asks for is what somebody else waits behind.
 */
export class CreatesUnderWay {
  readonly #answers = new Map<string, Promise<Created>>();

  async share(what: string, create: () => Promise<Created>): Promise<Created> {
    const underWay = this.#answers.get(what);
    if (underWay !== undefined) return ofAnother(await underWay);
    const answer = create().finally(() => this.#answers.delete(what));
    this.#answers.set(what, answer);
    return await answer;
  }
}

function ofAnother({ live, madeBy }: Created): Created {
  return madeBy === undefined ? { live } : { live, madeBy: 'another pass' };
}
