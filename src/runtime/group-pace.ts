/** How long the passes of a group may take, in sum, while other groups work as well. */
export interface TimeShare {
  /** After a silence, in one go. */
  readonly burstMs: number;
  readonly msPerSecond: number;
}

interface Account {
  leftMs: number;
  atMs: number;
  /** When a pass of it began or ended last. */
  workedAtMs: number;
}

/** Who has done nothing for so long does not count as another: a build goes from one pass to the next within that time. */
const quietMs = 3000;
const forgetEveryMs = 1000;
/** What a pass is taken to last until it has ended: else all begin before the first is counted. */
const advanceMs = 50;

/**
 * Keeps a crowd of one group from taking up the API server and this process while others need them: beside others, its passes may last so
 * long in sum and no longer. Time is what is counted since it tells both: a pass over large objects takes longer. It does so for all at a
 * server that is hard pressed, so this is for crowds only: who has few keys is never kept. A group that is alone may take all.
 */
export class GroupPace {
  readonly #share: TimeShare;
  /** Of groups that have worked lately. */
  readonly #accounts = new Map<string, Account>();
  #forgottenAtMs = Number.NEGATIVE_INFINITY;

  constructor(share: TimeShare) {
    this.#share = share;
  }

  mayBegin(group: string, nowMs: number): boolean {
    this.#forgetIdle(nowMs);
    const account = this.#accounts.get(group);
    if (account === undefined || this.#accounts.size === 1) return true;
    return this.#fill(account, nowMs) > 0;
  }

  begin(group: string, nowMs: number): void {
    const { burstMs } = this.#share;
    const account = this.#accounts.get(group) ?? { leftMs: burstMs, atMs: nowMs, workedAtMs: nowMs };
    this.#accounts.set(group, account);
    this.#use(account, advanceMs, nowMs);
  }

  /** What it took while it was alone leaves it without a share, and with no debt. */
  end(group: string, tookMs: number, nowMs: number): void {
    const account = this.#accounts.get(group);
    if (account === undefined) return;
    this.#use(account, tookMs - advanceMs, nowMs);
    account.leftMs = Math.max(this.#accounts.size === 1 ? 0 : -this.#share.burstMs, account.leftMs);
  }

  /** Until one of those that may not begin any more may. */
  waitMs(nowMs: number): number {
    const debts = [...this.#accounts.values()].map((account) => -this.#fill(account, nowMs)).filter((ms) => ms >= 0);
    return Math.min(forgetEveryMs, ...debts.map((ms) => Math.ceil(((ms + 1) * 1000) / this.#share.msPerSecond)));
  }

  #use(account: Account, ms: number, nowMs: number): void {
    this.#fill(account, nowMs);
    account.leftMs -= ms;
    account.workedAtMs = nowMs;
  }

  #fill(account: Account, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - account.atMs);
    account.leftMs = Math.min(this.#share.burstMs, account.leftMs + (elapsedMs / 1000) * this.#share.msPerSecond);
    account.atMs = nowMs;
    return account.leftMs;
  }

  /** One with a debt is remembered until it is paid. */
  #forgetIdle(nowMs: number): void {
    if (Math.abs(nowMs - this.#forgottenAtMs) < forgetEveryMs) return;
    this.#forgottenAtMs = nowMs;
    for (const [group, account] of this.#accounts) {
      const isQuiet = nowMs - account.workedAtMs > quietMs;
      if (isQuiet && this.#fill(account, nowMs) >= this.#share.burstMs) this.#accounts.delete(group);
    }
  }
}
