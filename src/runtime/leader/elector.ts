import { asError } from '../../errors.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../api-status.ts';
import { type Clock, pause } from '../clock.ts';
import type { KubeClient } from '../kube-client.ts';
import type { Log } from '../log.ts';
import { Candidacy } from './candidacy.ts';
import { type Lease, leaseOf, leaseType, newLease, releasing, renewing, taking } from './lease.ts';
import type { LeaseTiming } from './timing.ts';
import { momentOf, type WriteFence } from './write-fence.ts';

export interface ElectorOptions {
  /** With sockets of its own: a renewal never stands in a queue behind lists and writes. */
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly namespace: string;
  readonly name: string;
  /** Of this process, and of no other that runs. */
  readonly identity: string;
  readonly timing: LeaseTiming;
  readonly fence: WriteFence;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly onChange?: (leads: boolean) => void;
}

/**
 * Leads while it holds a Lease.
 *
 *   stand by ──► take ──► lead, renew ──► stopped: passes end ──► release
 *      ▲                        └──► taken by another, or not renewed in time: fence closes, passes end
 *      └─────────────────────────────────────────┘
 */
export class Elector {
  readonly #options: ElectorOptions;
  readonly #candidacy: Candidacy;
  #wake: () => void = () => undefined;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#candidacy = new Candidacy(options.identity);
  }

  /** Calls `lead` for every term; its signal aborts when the term ends. Returns when the signal aborts. */
  async run(lead: (term: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { log, identity, onChange } = this.#options;
    while (!signal.aborted) {
      const lease = await this.#acquire(signal);
      if (lease === undefined) return;
      log.info({ identity }, 'leads');
      onChange?.(true);
      await this.#term(lease, lead, signal);
      onChange?.(false);
    }
  }

  /** The lease has changed, as a watch tells: looks at it now instead of a moment later. */
  look(): void {
    this.#wake();
  }

  async #acquire(signal: AbortSignal): Promise<Lease | undefined> {
    for (let first = true; !signal.aborted; first = false) {
      const outcome = await this.#tryToAcquire();
      if (typeof outcome === 'object') return outcome;
      if (first) this.#options.log.info({ identity: this.#options.identity }, 'stands by');
      await this.#pause(outcome, signal);
    }
    return undefined;
  }

  /** The lease, or how long to wait. */
  async #tryToAcquire(): Promise<Lease | number> {
    const { client, clock, timing, log } = this.#options;
    try {
      const raw = await client.get(leaseType, this.#options);
      const lease = raw === undefined ? undefined : leaseOf(raw);
      const step = this.#candidacy.step(lease, clock.monotonicMs());
      if (typeof step === 'object') return Math.min(step.waitMs, this.#jittered(timing.retryMs));
      return await this.#sign(lease);
    } catch (thrown) {
      const lost = isConflict(thrown) || isAlreadyExists(thrown);
      if (!lost) log.warn({ err: asError(thrown) }, 'the lease cannot be read or taken');
      return this.#jittered(timing.retryMs);
    }
  }

  async #sign(lease: Lease | undefined): Promise<Lease> {
    const { client, clock, timing, fence, identity, name, namespace } = this.#options;
    const since = momentOf(clock);
    const signing = { identity, durationMs: timing.durationMs, now: clock.now() };
    const signed =
      lease === undefined
        ? await client.create(leaseType, namespace, newLease(name, signing))
        : await client.patch(leaseType, this.#options, taking(lease, signing));
    fence.keepOpen(since, timing.deadlineMs);
    return leaseOf(signed);
  }

  /** Renews until all that `lead` began has ended: as long as anything may be written, nobody else is to lead. */
  async #term(first: Lease, lead: (term: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { fence } = this.#options;
    const over = new AbortController();
    const term = AbortSignal.any([signal, fence.signal]);
    const leading = lead(term).finally(() => over.abort());
    leading.catch(() => undefined);
    try {
      const last = await this.#keep(first, AbortSignal.any([over.signal, fence.signal]));
      await leading;
      if (fence.isOpen) await this.#release(last);
    } finally {
      fence.close();
      await leading.catch(() => undefined);
    }
  }

  /** The lease as last renewed; returns when it is lost, or no longer wanted. */
  async #keep(first: Lease, signal: AbortSignal): Promise<Lease> {
    const { timing, fence, log, identity } = this.#options;
    let lease = first;
    for (;;) {
      await this.#pause(timing.retryMs, signal);
      if (signal.aborted || !fence.isOpen) break;
      const outcome = await this.#renew(lease);
      if (outcome === 'lost') fence.close();
      else if (outcome !== 'later') lease = outcome;
    }
    if (!fence.isOpen) log.warn({ identity }, 'leads no longer: the lease was lost, or not renewed in time');
    return lease;
  }

  async #renew(lease: Lease): Promise<Lease | 'later' | 'lost'> {
    const { client, clock, timing, fence, identity } = this.#options;
    const since = momentOf(clock);
    try {
      const renewed = leaseOf(await client.patch(leaseType, this.#options, renewing(lease, clock.now())));
      // Too late is too late: once closed, the fence opens with another term.
      if (fence.isOpen) fence.keepOpen(since, timing.deadlineMs);
      return renewed;
    } catch (thrown) {
      this.#options.log.warn({ err: asError(thrown) }, 'the lease could not be renewed');
      if (isNotFound(thrown)) return 'lost';
      if (!isConflict(thrown)) return 'later';
      return await this.#whoseIsIt(identity);
    }
  }

  /** After a conflict: an earlier renewal whose answer was lost, or a stranger's annotation, is no loss. */
  async #whoseIsIt(identity: string): Promise<Lease | 'later' | 'lost'> {
    try {
      const raw = await this.#options.client.get(leaseType, this.#options);
      const lease = raw === undefined ? undefined : leaseOf(raw);
      return lease?.holder === identity ? lease : 'lost';
    } catch {
      return 'later';
    }
  }

  async #release(lease: Lease): Promise<void> {
    const { client, clock, log, identity, fence } = this.#options;
    fence.close();
    try {
      await client.patch(leaseType, this.#options, releasing(lease, clock.now()));
      log.info({ identity }, 'gave the lease back');
    } catch (thrown) {
      log.warn({ err: asError(thrown) }, 'the lease was not given back: it runs out');
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await pause(this.#options.clock, ms, AbortSignal.any([signal, woken.signal]));
    this.#wake = () => undefined;
  }

  #jittered(ms: number): number {
    return ms * (1 + this.#options.random() / 5);
  }
}
