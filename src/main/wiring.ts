import { ceilings } from '../api/ceilings.ts';
import { label } from '../api/labels.ts';
import { agentNodeOf } from '../cluster-view/agent.ts';
import { isAskedFor } from '../cluster-view/asking.ts';
import { buildConcerned, isBuilder, jobKeyOfPod } from '../cluster-view/belonging.ts';
import { historyIndexes, historyKey, verdicts } from '../cluster-view/history.ts';
import { buildIndexes, imageKey, podIndexes, scopedKey } from '../cluster-view/indexes.ts';
import type { NixBuild } from '../cluster-view/objects.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { isActive } from '../cluster-view/road.ts';
import { type Stores, selections } from '../cluster-view/stores.ts';
import type { OrderReports } from '../mailbox/order-reports.ts';
import type { Reports } from '../mailbox/reports.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Controller } from '../runtime/controller.ts';
import { Crowds } from '../runtime/crowd.ts';
import type { Identity } from '../runtime/identity.ts';
import { keyOf, type Observed } from '../runtime/kube-object.ts';
import { createReflector, type Reflector, type ReflectorOptions } from '../runtime/reflector.ts';
import { type ReflectorObserver, unobservedReflector } from '../runtime/reflector-observer.ts';
import { type Reflected, shareWatch } from '../runtime/shared-watch.ts';
import type { ObjectStore } from '../runtime/store.ts';

/** What keeps each store as the API server has it. */
export function createReflectors(
  stores: Stores,
  shared: Omit<ReflectorOptions<Identity>, 'store' | 'selection' | 'observer'>,
  observerFor: (store: string) => ReflectorObserver = () => unobservedReflector,
): readonly Reflector[] {
  const of = <Item extends Identity>(name: keyof Stores, store: Reflected<Item>) =>
    createReflector({ ...shared, store, selection: selections[name], observer: observerFor(name) });
  return [
    of('pods', shareWatch(stores.pods, stores.podImages)),
    of('jobPods', stores.jobPods),
    of('nodes', shareWatch(stores.nodes, stores.nodeImages)),
    of('namespaces', stores.namespaces),
    of('volumes', stores.volumes),
    of('claims', stores.claims),
    of('jobs', stores.jobs),
    of('builds', stores.builds),
    of('stores', stores.stores),
  ];
}

export interface Controllers {
  readonly pods: Controller;
  readonly builds: Controller;
  readonly stores: Controller;
  readonly agents: Controller;
  readonly builders: Controller;
}

export interface Surroundings {
  readonly enbiNamespace: string;
  readonly reports: Pick<Reports, 'subscribe'>;
  readonly orderReports: Pick<OrderReports, 'subscribe'>;
  readonly clock: Clock;
}

/** Which keys a change of one object makes worth another look. Keys are queued once, however many changes name them. */
export function connect(
  stores: Stores,
  controllers: Controllers,
  { enbiNamespace, clock, reports, orderReports }: Surroundings,
): void {
  // Often enough that nobody of a large Deployment notices.
  const crowds = new Crowds(clock, { few: ceilings.alike.value, everyMs: 250 });
  for (const kind of ['pods', 'builds'] as const) {
    stores[kind].room?.subscribe({ leftOut: (key) => controllers[kind].add(key), offers: () => undefined });
  }
  connectImages(stores, controllers, crowds);
  connectHistory(stores, controllers, crowds);
  connectStores(stores, controllers, crowds);
  connectJobs(stores, controllers, { enbiNamespace, reports });
  connectAgents(stores, controllers, { enbiNamespace, orderReports });
  connectBuilders(stores, controllers, reports);
  connectNodes(stores, controllers);
}

/** Pods and the builds of their images: a namespace may have thousands of either for one image. */
function connectImages(stores: Stores, controllers: Controllers, crowds: Crowds): void {
  const { pods, builds } = controllers;
  onChange(stores.pods, (pod) => {
    pods.add(keyOf(pod.metadata));
    for (const image of podIndexes.image(pod)) {
      crowds.tell(`builds of ${image}`, () => addAll(builds, stores.builds.by('image', image)));
    }
  });
  onChange(stores.builds, (build) => {
    builds.add(keyOf(build.metadata));
    for (const image of buildIndexes.image(build)) {
      crowds.tell(`Pods of ${image}`, () => addAll(pods, stores.pods.by('image', image)));
    }
  });
}

function addAll(controller: Controller, objects: readonly Observed[]): number {
  for (const { metadata } of objects) controller.add(keyOf(metadata));
  return objects.length;
}

/** When a build ends, or the last Pod that asks for it goes, others of the namespace may have to make room for it. */
function connectHistory(stores: Stores, { builds }: Controllers, crowds: Crowds): void {
  const look = (keys: readonly string[]) => {
    for (const key of keys) {
      const records = () => stores.builds.by('history', key).filter((build) => !isAskedFor(build, stores.pods));
      crowds.tell(`history of ${key}`, () => addAll(builds, records()));
    }
  };
  stores.builds.subscribe(({ before, after }) => {
    const ended = after === undefined ? [] : historyIndexes.history(after);
    if (before === undefined || historyIndexes.history(before).join() !== ended.join()) look(ended);
  });
  stores.pods.subscribe(({ before, after }) => {
    const namespace = before?.metadata.namespace ?? '';
    if (after === undefined) look(verdicts.map((verdict) => historyKey(namespace, verdict)));
  });
}

/** A store goes through all builds that used it, for its figures; and they may wait for it. */
function connectStores(stores: Stores, controllers: Controllers, crowds: Crowds): void {
  const buildsIn = (store: string) => stores.builds.by('store', store);
  onChange(stores.builds, (build) => {
    for (const store of buildIndexes.store(build)) {
      crowds.tell(`store ${store}`, () => {
        controllers.stores.add(store);
        return buildsIn(store).length;
      });
    }
  });
  onChange(stores.stores, ({ metadata, spec: { node, tenant, scope } }) => {
    controllers.stores.add(metadata.name);
    // One of those beside it may have to make room.
    const beside = scope === undefined ? [] : stores.stores.by('scoped', scopedKey(node, tenant));
    for (const other of beside) controllers.stores.add(other.metadata.name);
    crowds.tell(`builds in ${metadata.name}`, () => addAll(controllers.builds, buildsIn(metadata.name)));
  });
  onChange(stores.volumes, ({ metadata }) => controllers.stores.add(metadata.name));
  onChange(stores.claims, ({ volumeName }) => controllers.stores.add(volumeName));
}

function connectJobs(
  stores: Stores,
  controllers: Controllers,
  { enbiNamespace, reports }: Omit<Surroundings, 'clock' | 'orderReports'>,
): void {
  const add = (object: Observed) => {
    const build = buildConcerned(object, enbiNamespace);
    if (build !== undefined) controllers.builds.add(build);
    const store = object.metadata.namespace === enbiNamespace ? object.metadata.labels?.[label.store] : undefined;
    if (store !== undefined) controllers.stores.add(store);
  };
  onChange(stores.jobs, add);
  onChange(stores.jobPods, add);
  reports.subscribe(add);
}

/** What is to be done on a node is what its builds and the Pods there that wait for them say; who does it is its agent. */
function connectAgents(
  stores: Stores,
  { agents, builds }: Controllers,
  { enbiNamespace, orderReports }: Pick<Surroundings, 'enbiNamespace' | 'orderReports'>,
): void {
  const look = (object: Observed) => {
    const node = agentNodeOf(object, enbiNamespace);
    if (node === undefined) return;
    agents.add(node);
    importingOn(stores, node, (key) => builds.add(key));
  };
  onChange(stores.jobs, look);
  onChange(stores.jobPods, look);
  orderReports.subscribe(look);
  onChange(stores.builds, ({ status: { buildNode } }) => {
    if (buildNode !== undefined) agents.add(buildNode);
  });
  onChange(stores.pods, ({ nodeName }) => {
    if (nodeName !== undefined && stores.builds.by('node', nodeName).length > 0) agents.add(nodeName);
  });
  onChange(stores.nodes, ({ metadata: { name } }) => agents.add(name));
}

/** What is to be built by a builder is what the builds say that name it; and whoever waits for room has those look that are idle. */
function connectBuilders(stores: Stores, { builders, builds }: Controllers, reports: Pick<Reports, 'subscribe'>): void {
  const look = (key: string) => {
    builders.add(key);
    builtBy(stores, key, (build) => builds.add(build));
  };
  onChange(stores.jobs, (job) => {
    if (!isBuilder(job)) return;
    look(keyOf(job.metadata));
    // Of those that have ended, only some stay.
    if (job.ended) addAll(builders, stores.jobs.by('builders', job.metadata.namespace ?? ''));
  });
  const lookAtPod = (pod: PodView) => {
    const job = isBuilder(pod) ? jobKeyOfPod(pod)?.split(' ')[0] : undefined;
    if (job !== undefined) look(job);
  };
  onChange(stores.jobPods, lookAtPod);
  reports.subscribe(lookAtPod);
  onChange(stores.builds, (build) => {
    for (const key of buildIndexes.builtBy(build)) {
      const job = stores.jobs.get(key);
      if (job !== undefined && isBuilder(job)) look(key);
    }
  });
  onChange(stores.stores, ({ spec }) => addAll(builders, stores.jobs.by('builders', spec.tenant)));
  for (const waiting of [stores.pods, stores.jobPods]) {
    waiting.subscribe(({ before, after }) => {
      const waits = after !== undefined && podIndexes.unplaced(after).length > 0;
      if (waits && before?.unschedulable !== after.unschedulable)
        addAll(builders, stores.jobs.list().filter(isBuilder));
    });
  }
}

/** The builds of a node that wait for its agent. */
export function importingOn({ builds }: Stores, node: string, look: (key: string) => void): void {
  for (const build of builds.by('node', node)) if (build.status.status === 'Importing') look(keyOf(build.metadata));
}

/** The builds under way that are to be built by a Job, by its `namespace/name`. */
export function builtBy({ builds }: Stores, job: string, look: (key: string) => void): void {
  for (const build of builds.by('builtBy', job)) if (isActive(build)) look(keyOf(build.metadata));
}

/** Nodes come and go rarely, and their heartbeats are no change of what is kept of them. */
function connectNodes(stores: Stores, controllers: Controllers): void {
  onChange(stores.nodes, ({ metadata: { name } }) => {
    const named = imagesNamedOn(name, stores);
    const concerned = stores.builds.list().filter((build) => mayConcern(build, named));
    addAll(controllers.builds, concerned);
    for (const store of stores.stores.list()) if (store.spec.node === name) controllers.stores.add(store.metadata.name);
  });
  onChange(stores.namespaces, ({ metadata }) => {
    for (const store of stores.stores.list()) {
      if (store.spec.tenant === metadata.name) controllers.stores.add(store.metadata.name);
    }
  });
}

/** Once for all builds of the cluster: thousands may be of one image, and thousands of Pods name it. */
function imagesNamedOn(node: string, { pods }: Stores): ReadonlySet<string> {
  return new Set(pods.list().flatMap((pod) => (pod.nodeName === node ? podIndexes.image(pod) : [])));
}

/** Another node may have the image, and Pods wait on this one, which was not fit until now. */
function mayConcern({ status, metadata: { namespace = '' }, spec }: NixBuild, named: ReadonlySet<string>): boolean {
  if (status.status === 'Failed') return false;
  return status.status !== 'Succeeded' || named.has(imageKey(namespace, spec.imageTag));
}

function onChange<T extends Observed, Name extends string>(
  store: ObjectStore<T, Name>,
  look: (object: T) => void,
): void {
  store.subscribe(({ before, after }) => {
    if (before !== undefined) look(before);
    if (after !== undefined) look(after);
  });
}
