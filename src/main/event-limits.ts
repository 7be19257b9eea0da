import { ceilings } from '../api/ceilings.ts';
import type { EventLimits } from '../runtime/event-budget.ts';

/** Also how long an API server keeps an event by default (`--event-ttl`). */
const hour = 3_600_000;

export const eventLimits: EventLimits = {
  perReason: ceilings.eventsOfReason.value,
  namespace: { burst: ceilings.eventBurst.value, perMinute: ceilings.eventRate.value },
  cluster: { burst: ceilings.clusterEventBurst.value, perMinute: ceilings.clusterEventRate.value },
  remembered: { texts: ceilings.eventMemory.value, namespaces: ceilings.eventNamespaces.value },
  lifetimeMs: hour,
};
