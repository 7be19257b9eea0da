import { ceilings } from '../api/ceilings.ts';
import { reportingSteps, type Said } from '../api/report.ts';
import { isBuilder } from '../cluster-view/belonging.ts';
import type { PodView } from '../cluster-view/pod.ts';
import type { PolicyError } from '../errors.ts';
import type { ObjectStore } from '../runtime/store.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import { Follower } from './follower.ts';
import type { LineStreamDeps } from './line-stream.ts';
import type { Reports } from './reports.ts';

export interface FollowedReportsOptions extends LineStreamDeps {
  /** Of enbi's own Jobs: what of them no longer runs is no longer listened to. */
  readonly pods: Pick<ObjectStore<PodView>, 'subscribe'>;
}

/** After a refusal nothing is asked for so long: the right may be given later, and each try costs the API server a look. */
const refusalHoldsMs = 600_000;

/** Reports as the API server passes on the logs: one stream for each container that somebody has asked for. */
export class FollowedReports implements Reports {
  readonly #options: FollowedReportsOptions;
  readonly #followers = new Map<string, Follower>();
  readonly #listeners = new Set<(pod: PodView) => void>();
  #isRunning = false;
  #refusedAt: number | undefined;

  constructor(options: FollowedReportsOptions) {
    this.#options = options;
  }

  of(pod: PodView, container: string): Said | undefined {
    const key = keyOf(pod, container);
    return (this.#followers.get(key) ?? this.#follow(key, pod, container))?.said;
  }

  hears({ metadata, containers }: PodView): boolean {
    const followed = containers.some(({ name }) => this.#followers.has(`${metadata.uid} ${name}`));
    return this.#mayFollow() || (followed && !this.#isRefused());
  }

  subscribe(listener: (pod: PodView) => void): void {
    this.#listeners.add(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    const unsubscribe = this.#options.pods.subscribe((change) => this.#dropEnded(change));
    this.#isRunning = true;
    await whenAborted(signal);
    this.#isRunning = false;
    unsubscribe();
    this.#dropAll();
  }

  #follow(key: string, pod: PodView, container: string): Follower | undefined {
    if (!this.#mayFollow()) return undefined;
    const { namespace = '', name } = pod.metadata;
    const follower = new Follower({ namespace, name, container }, this.#options, {
      stays: isBuilder(pod),
      reported: () => {
        for (const listener of this.#listeners) listener(pod);
      },
      refused: (error) => this.#refuse(error),
    });
    this.#followers.set(key, follower);
    void follower.run();
    return follower;
  }

  #mayFollow(): boolean {
    return this.#isRunning && this.#followers.size < ceilings.followedLogs.value && !this.#isRefused();
  }

  #dropEnded({ before, after }: { readonly before?: PodView; readonly after?: PodView }): void {
    if (before === undefined) return;
    for (const step of reportingSteps) {
      const runs = after?.containers.some(({ name, running }) => name === step && running) === true;
      if (!runs) this.#drop(keyOf(before, step));
    }
  }

  #drop(key: string): void {
    this.#followers.get(key)?.stop();
    this.#followers.delete(key);
  }

  #dropAll(): void {
    for (const key of this.#followers.keys()) this.#drop(key);
  }

  #isRefused(): boolean {
    const { clock } = this.#options;
    return this.#refusedAt !== undefined && clock.monotonicMs() - this.#refusedAt < refusalHoldsMs;
  }

  #refuse(err: PolicyError): void {
    const isKnown = this.#isRefused();
    this.#refusedAt = this.#options.clock.monotonicMs();
    this.#dropAll();
    if (isKnown) return;
    this.#options.log.warn(
      { err },
      'logs of builds may not be read: builds take longer to be noticed, and status.progress names the stage alone; set --read-build-logs false, or grant get on pods/log',
    );
  }
}

function keyOf({ metadata }: PodView, container: string): string {
  return `${metadata.uid} ${container}`;
}
