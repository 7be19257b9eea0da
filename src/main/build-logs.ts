import type { PodView } from '../cluster-view/pod.ts';
import { PolicyError } from '../errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KubeClient } from '../runtime/kube-client.ts';
import type { Log } from '../runtime/log.ts';

/** Bytes and lines of a Job's log that are read for its progress. */
const logEnd = { tailLines: 40, limitBytes: 64 * 1024 };

/** After a refusal nothing is asked for so long: the right may be given later, and each try costs the API server a look. */
const refusalHoldsMs = 600_000;

/**
 * The ends of the logs of enbi's Jobs, for their progress. Progress is a courtesy: a log that cannot be read (the container is
 * just starting, or gone, or the right is not given) is no failure.
 */
export class BuildLogs {
  readonly #deps: { readonly client: Pick<KubeClient, 'podLog'>; readonly clock: Clock; readonly log: Log };
  #refusedAt: number | undefined;

  constructor(deps: { readonly client: Pick<KubeClient, 'podLog'>; readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  async readEnd(pod: PodView, container: string): Promise<string | undefined> {
    if (this.#isRefused()) return undefined;
    const { namespace = '', name } = pod.metadata;
    try {
      return await this.#deps.client.podLog({ namespace, name, container, ...logEnd });
    } catch (thrown) {
      if (thrown instanceof PolicyError) this.#refused(thrown);
      return undefined;
    }
  }

  #isRefused(): boolean {
    return this.#refusedAt !== undefined && this.#deps.clock.monotonicMs() - this.#refusedAt < refusalHoldsMs;
  }

  #refused(err: PolicyError): void {
    if (this.#isRefused()) return;
    this.#refusedAt = this.#deps.clock.monotonicMs();
    this.#deps.log.warn(
      { err },
      'logs of builds may not be read: status.progress names the stage alone; set --read-build-logs false, or grant get on pods/log',
    );
  }
}
