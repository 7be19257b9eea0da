import { createMetrics } from '../adapters/prometheus/metrics.ts';
import { createStores, type Stores } from '../cluster-view/stores.ts';
import type { BuildSettings } from '../controllers/builds/settings.ts';
import { noOrderReports } from '../mailbox/order-reports.ts';
import { noReports, type Reports } from '../mailbox/reports.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { MemoryKubeClient } from '../runtime/memory-kube/memory-kube-client.ts';
import { MemoryLog } from '../runtime/memory-log.ts';
import { createControllers } from './controllers.ts';
import { type Controllers, connect } from './wiring.ts';

/** The controllers of one process, wired as in the real one, over a cluster in memory that has nothing in it yet. */
export interface MemoryControllers {
  readonly client: MemoryKubeClient;
  readonly clock: FakeClock;
  readonly log: MemoryLog;
  readonly stores: Stores;
  readonly controllers: Controllers;
  /** Whoever runs something with it ends it. */
  readonly stop: AbortController;
}

export function memoryControllers(
  settings: BuildSettings,
  client = new MemoryKubeClient(),
  reports: Reports = noReports,
): MemoryControllers {
  const [clock, log, stores] = [new FakeClock(), new MemoryLog(), createStores()];
  const metrics = createMetrics(() => clock.monotonicMs());
  const process = { client, log, clock, random: () => 1, metrics, stores, settings };
  const controllers = createControllers({
    ...process,
    reports,
    orderReports: noOrderReports,
    instance: 'one',
  });
  connect(stores, controllers, {
    enbiNamespace: settings.namespace,
    clock,
    reports,
    orderReports: noOrderReports,
  });
  for (const store of Object.values(stores)) store.replace([], '0');
  return { client, clock, log, stores, controllers, stop: new AbortController() };
}
