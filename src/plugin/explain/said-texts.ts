/** Less than this may well be in another text by chance. */
const shortest = 16;

/** What a reader has read by now: the cluster tells the same fact as condition, progress and events, and once is enough. */
export class SaidTexts {
  readonly #texts: string[] = [];

  add(text: string): void {
    const plain = plainly(text);
    if (plain.length >= shortest) this.#texts.push(plain);
  }

  /** Whether this was read already, or only repeats what was with some words around it. */
  has(text: string): boolean {
    const plain = plainly(text);
    return plain.length >= shortest && this.#texts.some((said) => said.includes(plain) || plain.includes(said));
  }
}

function plainly(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().toLowerCase();
}
