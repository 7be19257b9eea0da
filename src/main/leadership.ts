import { randomUUID } from 'node:crypto';
import { createKubeClient } from '../adapters/kubernetes/client.ts';
import type { ClusterAccess } from '../adapters/kubernetes/cluster-access.ts';
import type { Metrics } from '../adapters/prometheus/metrics.ts';
import { projectMeta } from '../cluster-view/project-meta.ts';
import { rawOf } from '../cluster-view/raw.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { Elector } from '../runtime/leader/elector.ts';
import { leaseOf, leaseType } from '../runtime/leader/lease.ts';
import { timingOf } from '../runtime/leader/timing.ts';
import type { WriteFence } from '../runtime/leader/write-fence.ts';
import type { Log } from '../runtime/log.ts';
import { createReflector, type Reflector } from '../runtime/reflector.ts';
import { ObjectStore } from '../runtime/store.ts';
import type { ControllerSettings } from './settings.ts';

/** In enbi's own namespace; deploy/controller.yaml brings it along, so that it goes with the rest. */
export const leaseName = 'enbi-controller';

type LeadershipSettings = Pick<ControllerSettings, 'leaseDuration' | 'kubeconfig'> & {
  readonly builds: Pick<ControllerSettings['builds'], 'namespace'>;
};

export interface LeadershipOptions {
  readonly access: ClusterAccess;
  readonly settings: LeadershipSettings;
  readonly instance: string;
  readonly userAgent: string;
  readonly fence: WriteFence;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly metrics: Pick<Metrics, 'leads'>;
}

export interface Leadership extends Disposable {
  readonly elector: Elector;
  /** Tells the elector of a lease that was given back the moment it is. */
  readonly reflector: Reflector;
}

export function createLeadership(options: LeadershipOptions): Leadership {
  const { access, settings, userAgent, metrics } = options;
  metrics.leads(false);
  const { namespace } = settings.builds;
  const timing = timingOf(settings.leaseDuration);
  // Its own sockets: a renewal stands in no queue.
  const client = createKubeClient(access, { userAgent, deadlineMs: timing.callMs, maxSockets: 2 });
  const elector = new Elector({
    ...options,
    client,
    namespace,
    name: leaseName,
    identity: identityOf(options),
    timing,
    onChange: (leads) => metrics.leads(leads),
  });
  const store = new ObjectStore({ resource: leaseType, project: projectLease });
  store.subscribe(() => elector.look());
  const selection = { namespace, fieldSelector: `metadata.name=${leaseName}` };
  const reflector = createReflector({ ...options, client, store, selection });
  return { elector, reflector, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

/** A renewal is no change of it. */
function projectLease(raw: unknown): Observed & { readonly holder: string } {
  return { metadata: projectMeta(rawOf(raw)), holder: leaseOf(raw).holder };
}

/** A Pod's name is of one process at a time: restarted, it takes up its own lease. Elsewhere a host may run several. */
function identityOf({ settings, instance }: LeadershipOptions): string {
  return settings.kubeconfig === undefined ? instance : `${instance}_${randomUUID()}`;
}
