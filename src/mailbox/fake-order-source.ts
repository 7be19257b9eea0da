import type { OrderSource } from './order-source.ts';

/** Has the list that a test gives it, and may lose the news of it. */
export class FakeOrderSource implements OrderSource {
  text: string | undefined;
  readonly #listeners = new Set<() => void>();

  write(text: string | undefined, news: 'heard' | 'lost' = 'heard'): void {
    this.text = text;
    if (news === 'heard') for (const listener of this.#listeners) listener();
  }

  read(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
