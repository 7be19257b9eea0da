import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createKubeClient } from '../adapters/kubernetes/client.ts';
import { createMetrics } from '../adapters/prometheus/metrics.ts';
import { serveProbes } from '../adapters/prometheus/probe-server.ts';
import { manager } from '../api/labels.ts';
import { createStores, selections } from '../cluster-view/stores.ts';
import { FollowedOrders } from '../mailbox/followed-orders.ts';
import { FollowedReports } from '../mailbox/followed-reports.ts';
import { noOrderReports } from '../mailbox/order-reports.ts';
import { noReports } from '../mailbox/reports.ts';
import { systemClock } from '../runtime/clock.ts';
import { passesAtOnce } from '../runtime/controller.ts';
import { WriteFence } from '../runtime/leader/write-fence.ts';
import { runControllers } from '../runtime/run-controllers.ts';
import { accessTo } from './access.ts';
import { createControllers } from './controllers.ts';
import { countBuilders } from './count-builders.ts';
import { countAgents, countBuilds } from './count-builds.ts';
import { keepSmall } from './keep-small.ts';
import { createLeadership } from './leadership.ts';
import { readmit } from './readmission.ts';
import type { ControllerSettings } from './settings.ts';
import { takeOverFrom } from './take-over.ts';
import { warnOfRepelled } from './warn-of-repelled.ts';
import { connect, createReflectors } from './wiring.ts';

/** As many as passes of all kinds may wait for answers at once: else one kind's stand before another's. */
const maxSockets = 3 * passesAtOnce;

/** The controller process: watches, decides and writes until the signal aborts. */
export async function runController(
  settings: ControllerSettings,
  instance: string,
  signal: AbortSignal,
): Promise<void> {
  keepSmall();
  const log = pino({ level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const access = await accessTo(settings);
  const userAgent = `${manager} (${instance})`;
  const fence = settings.leaderElect ? new WriteFence(systemClock) : undefined;
  const metrics = createMetrics(() => systemClock.monotonicMs());
  const onAnswer = (method: string, code: string) => metrics.requested(method, code);
  using client = createKubeClient(access, {
    userAgent,
    onAnswer,
    maxSockets,
    ...(fence !== undefined && { guard: fence }),
  });
  const { gitVersion } = await client.version();
  const { image, namespace } = settings.builds;
  log.info({ kubernetes: gitVersion, image, namespace }, 'controller starts');

  const process = { client, log, clock: systemClock, random: Math.random, metrics };
  const stores = createStores(settings.builds.storeScope);
  const reports = settings.readBuildLogs ? new FollowedReports({ ...process, pods: stores.jobPods }) : noReports;
  const session = randomUUID().slice(0, 8);
  const orderReports = settings.readBuildLogs
    ? new FollowedOrders({ ...process, pods: stores.jobPods, session })
    : noOrderReports;
  const byKind = createControllers({ ...process, stores, settings: settings.builds, reports, orderReports, instance });
  connect(stores, byKind, { enbiNamespace: namespace, clock: systemClock, reports, orderReports });
  const controllers = Object.values(byKind);
  const reflectors = createReflectors(stores, process, (name) => metrics.reflectorFor(name));
  for (const kind of ['pods', 'builds'] as const) {
    readmit(stores[kind], { ...process, selection: selections[kind] }, signal);
    metrics.countLeftOut(stores[kind].resource.kind, () => stores[kind].room?.leftOutCount ?? 0);
  }
  countBuilds(stores.builds, metrics, () => fence?.isOpen ?? true);
  countAgents(stores.jobPods, metrics, namespace);
  countBuilders(stores, metrics, settings.builds);
  warnOfRepelled(stores.nodes, settings.builds, log);

  const healthy = () => controllers.every((controller) => controller.healthy);
  const ready = () => controllers.every((controller) => controller.ready);
  await using probes = await serveProbes({ healthy, ready, metrics: process.metrics }, settings.httpPort);
  // First, so that whoever works has reports.
  const working = [reports, orderReports, ...controllers];
  const takeOver = () => takeOverFrom(stores, reflectors, byKind);
  if (fence === undefined) {
    await runControllers({ reflectors, controllers: working }, signal);
  } else {
    using leadership = createLeadership({ ...process, access, settings, instance, userAgent, fence });
    const { elector, reflector } = leadership;
    const runnables = { reflectors: [...reflectors, reflector], controllers: working, leadership: elector, takeOver };
    await runControllers(runnables, signal);
  }
  log.info({ port: probes.port }, 'controller stopped');
}
