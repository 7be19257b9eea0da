import { pino } from 'pino';
import { createKubeClient } from '../adapters/kubernetes/client.ts';
import type { ClusterAccess } from '../adapters/kubernetes/cluster-access.ts';
import { inClusterConfig, loadKubeconfig } from '../adapters/kubernetes/kubeconfig.ts';
import { manager } from '../api/labels.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { reconcileBuild } from '../controllers/builds/reconcile.ts';
import { reconcilePod } from '../controllers/pods/reconcile.ts';
import { reconcileStore } from '../controllers/stores/reconcile.ts';
import { systemClock } from '../runtime/clock.ts';
import { type Controller, createController } from '../runtime/controller.ts';
import { createEventRecorder } from '../runtime/events.ts';
import type { KubeClient } from '../runtime/kube-client.ts';
import type { Log } from '../runtime/log.ts';
import type { Plan } from '../runtime/plan.ts';
import { createReflector, type Reflector } from '../runtime/reflector.ts';
import { runControllers } from '../runtime/run-controllers.ts';
import { serveHealth } from './health.ts';
import { resource } from './resources.ts';
import type { ControllerSettings } from './settings.ts';
import { connect, createStores, type Stores, selections } from './wiring.ts';

/** Bytes and lines of a Job's log that are read for its progress. */
const logEnd = { tailLines: 40, limitBytes: 64 * 1024 };

/** The controller process: watches, decides and writes until the signal aborts. */
export async function runController(
  settings: ControllerSettings,
  instance: string,
  signal: AbortSignal,
): Promise<void> {
  const log = pino({ level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const access = await accessTo(settings);
  const client = createKubeClient(access, { userAgent: manager });
  const { gitVersion } = await client.version();
  log.info(
    { kubernetes: gitVersion, image: settings.builds.image, namespace: settings.builds.namespace },
    'controller starts',
  );

  const stores = createStores();
  const controllers = createControllers(stores, client, settings, instance, log);
  connect(stores, controllers);
  const reflectors = createReflectors(stores, client, log);
  const all = Object.values(controllers);
  const health = {
    isReady: () => all.every(({ ready }) => ready),
    isHealthy: () => all.every(({ healthy }) => healthy),
  };
  await serveHealth(health, settings.httpPort, signal);
  await runControllers({ reflectors, controllers: all }, signal);
  log.info({}, 'controller stopped');
}

function accessTo({ kubeconfig, apiServer }: ControllerSettings): Promise<ClusterAccess> {
  return kubeconfig === undefined ? inClusterConfig(apiServer) : loadKubeconfig(kubeconfig);
}

function createControllers(
  stores: Stores,
  client: KubeClient,
  settings: ControllerSettings,
  instance: string,
  log: Log,
) {
  const clock = systemClock;
  const events = createEventRecorder({ client, clock, log, reporter: manager, instance });
  const shared = {
    client,
    events,
    clock,
    log,
    random: Math.random,
    resourceTypes: Object.values(resource),
    stores: Object.values(stores),
    waitFor: Object.values(stores),
    fieldManager: manager,
  };
  const make = (name: string, reconcile: (key: string) => Plan | undefined | Promise<Plan | undefined>): Controller =>
    createController({ ...shared, name, reconcile: async (key) => reconcile(key) });
  const readLog = (pod: PodView, container: string) => readLogEnd(client, pod, container);
  return {
    pods: make('pods', (key) => reconcilePod(key, stores)),
    builds: make('builds', (key) => reconcileBuild(key, { stores, readLog, clock, settings: settings.builds })),
    stores: make('stores', (key) => reconcileStore(key, { stores, clock, settings: settings.builds })),
  };
}

/** Progress is a courtesy: a log that cannot be read (the container is just starting or gone) reads as empty. */
async function readLogEnd(client: KubeClient, pod: PodView, container: string): Promise<string> {
  const { namespace = '', name } = pod.metadata;
  try {
    return await client.podLog({ namespace, name, container, ...logEnd });
  } catch {
    return '';
  }
}

function createReflectors(stores: Stores, client: KubeClient, log: Log): Reflector[] {
  const shared = { client, log, random: Math.random, clock: systemClock };
  return [
    createReflector({ ...shared, store: stores.pods, selection: selections.pods }),
    createReflector({ ...shared, store: stores.jobPods, selection: selections.jobPods }),
    createReflector({ ...shared, store: stores.nodes, selection: selections.nodes }),
    createReflector({ ...shared, store: stores.namespaces, selection: selections.namespaces }),
    createReflector({ ...shared, store: stores.volumes, selection: selections.volumes }),
    createReflector({ ...shared, store: stores.claims, selection: selections.claims }),
    createReflector({ ...shared, store: stores.jobs, selection: selections.jobs }),
    createReflector({ ...shared, store: stores.builds, selection: selections.builds }),
    createReflector({ ...shared, store: stores.stores, selection: selections.stores }),
  ];
}
