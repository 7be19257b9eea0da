import { setTimeout as sleep } from 'node:timers/promises';
import { podAnnotation, retryAnnotation } from '../../../src/api/labels.ts';
import { resource } from '../../../src/cluster-view/resources.ts';
import type { KubeClient } from '../../../src/runtime/kube-client.ts';
import { buildName, podName } from './objects.ts';
import { type HostileSize, hostileNamespace as namespace } from './size.ts';

/** Patches a second, of which each fifth is of a Pod. More of them would measure what large objects cost the API server. */
const perSecond = 4;

/** Writes what the controller reads of the hostile objects, one after the other, until it is disposed of. */
export function churn(client: KubeClient, size: HostileSize): AsyncDisposable {
  const stop = new AbortController();
  const running = write(client, size, stop.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

async function write(client: KubeClient, { pods, builds }: HostileSize, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  for (let at = 0; !signal.aborted; at++) {
    await sleep(Math.max(0, startedAt + dueMs(at) - performance.now()));
    // Half of the Pods have annotations that are looked at (objects.ts).
    if (at % 5 === 0)
      await annotate(client, 'pods', podName((2 * at + 1) % pods), `${podAnnotation.flakeUrl}.nobody-0`);
    else await annotate(client, 'builds', buildName(at % builds), retryAnnotation);
  }
}

/** At all distances from the others' Pods, which fail as often: else each of them, or none, would meet one of these writes. */
function dueMs(at: number): number {
  const shift = (at * 0.618_034) % 1;
  return ((at + shift) * 1000) / perSecond;
}

async function annotate(client: KubeClient, kind: 'pods' | 'builds', name: string, annotation: string): Promise<void> {
  const annotations = { [annotation]: `${performance.now()}` };
  // What is refused or late is not tried again: the next one comes soon.
  await client.patch(resource[kind], { namespace, name }, { metadata: { annotations } }).catch(() => undefined);
}
