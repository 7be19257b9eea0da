import type { Credential } from './exec-credential.ts';

/** A token that is about to expire would be refused on its way. */
const earlyMs = 10_000;

/** Asks for a credential once and again when it has expired or was refused; requests at the same time share one asking. */
export class KeptCredential {
  readonly #ask: () => Promise<Credential>;
  readonly #now: () => number;
  #kept: Credential | undefined;
  #asking: Promise<Credential> | undefined;

  constructor(ask: () => Promise<Credential>, now: () => number = Date.now) {
    this.#ask = ask;
    this.#now = now;
  }

  async get(): Promise<Credential> {
    if (this.#kept !== undefined && !this.#isOver(this.#kept)) return this.#kept;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    this.#kept = await this.#asking;
    return this.#kept;
  }

  /** The server refused it. */
  forget(): void {
    this.#kept = undefined;
  }

  #isOver({ expiresAt }: Credential): boolean {
    return expiresAt !== undefined && this.#now() >= expiresAt.getTime() - earlyMs;
  }
}
