/** Of which object and for which reason something is said, and what. */
export interface Said {
  readonly subject: string;
  readonly text: string;
}

export interface MemoryBounds {
  /** Texts, over all subjects. */
  readonly capacity: number;
  readonly lifetimeMs: number;
}

/** When that was said which is no longer true. */
const recanted = Number.NEGATIVE_INFINITY;

/** What was said lately, so that the API server is not told again at every pass. Of one namespace: none forgets for another. */
export class EventMemory {
  /** In order of when something was said of them last. */
  readonly #subjects = new Map<string, Map<string, number>>();
  readonly #bounds: MemoryBounds;
  #size = 0;

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  knows({ subject, text }: Said, now: Date): boolean {
    const saidAt = this.#subjects.get(subject)?.get(text);
    return saidAt !== undefined && this.#isRecent(saidAt, now);
  }

  /** How many different texts of the subject are known. */
  count(subject: string, now: Date): number {
    const texts = this.#subjects.get(subject)?.values() ?? [];
    return [...texts].filter((saidAt) => this.#isRecent(saidAt, now)).length;
  }

  /** What was said of the subject is no longer true: it may be said anew. */
  recant(subject: string): void {
    const texts = this.#subjects.get(subject);
    for (const text of texts?.keys() ?? []) texts?.set(text, recanted);
  }

  isRecanted({ subject, text }: Said): boolean {
    return this.#subjects.get(subject)?.get(text) === recanted;
  }

  /** `saidAt` may lie in the past: another process may have said it. */
  note({ subject, text }: Said, saidAt: Date): void {
    const texts = this.#subjects.get(subject) ?? new Map<string, number>();
    if (!texts.has(text)) this.#size++;
    texts.set(text, saidAt.getTime());
    this.#subjects.delete(subject);
    this.#subjects.set(subject, texts);
    while (this.#size > this.#bounds.capacity) this.#forgetOldest();
  }

  /** A Map keeps the order of insertion. Of a subject that has said more than all may, the oldest text goes. */
  #forgetOldest(): void {
    const [oldest] = this.#subjects;
    if (oldest === undefined) return;
    const [subject, texts] = oldest;
    const [text] = texts.keys();
    if (text !== undefined) texts.delete(text);
    this.#size--;
    if (texts.size === 0) this.#subjects.delete(subject);
  }

  #isRecent(saidAt: number, now: Date): boolean {
    return now.getTime() - saidAt < this.#bounds.lifetimeMs;
  }
}
