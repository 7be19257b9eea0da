import type { Metrics } from '../adapters/prometheus/metrics.ts';
import { ceilings } from '../api/ceilings.ts';
import { manager } from '../api/labels.ts';
import { tellLeftOut } from '../cluster-view/left-out.ts';
import { readTroubleOf } from '../cluster-view/pod-trouble.ts';
import { resource } from '../cluster-view/resources.ts';
import type { Stores } from '../cluster-view/stores.ts';
import { reconcileAgents } from '../controllers/agents/reconcile.ts';
import { type BuilderDeps, reconcileBuilder } from '../controllers/builders/reconcile.ts';
import { Admission } from '../controllers/builds/admission.ts';
import { buildCanWait } from '../controllers/builds/can-wait.ts';
import { NameClaims } from '../controllers/builds/name-claims.ts';
import type { ReadTrouble } from '../controllers/builds/observe.ts';
import { reconcileBuild } from '../controllers/builds/reconcile.ts';
import type { BuildSettings } from '../controllers/builds/settings.ts';
import { workInJob } from '../controllers/builds/work-in-job.ts';
import { workOnNode } from '../controllers/builds/work-on-node.ts';
import { podCanWait } from '../controllers/pods/can-wait.ts';
import { NewestPods } from '../controllers/pods/newest-pods.ts';
import { reconcilePod } from '../controllers/pods/reconcile.ts';
import { reconcileStore } from '../controllers/stores/reconcile.ts';
import type { OrderReports } from '../mailbox/order-reports.ts';
import type { Reports } from '../mailbox/reports.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Controller, createController } from '../runtime/controller.ts';
import { createEventRecorder } from '../runtime/events.ts';
import type { KubeClient } from '../runtime/kube-client.ts';
import { splitKey } from '../runtime/kube-object.ts';
import type { Log } from '../runtime/log.ts';
import type { Plan } from '../runtime/plan.ts';
import type { KeyGroups } from '../runtime/queue.ts';
import type { Refusal } from '../runtime/refusals.ts';
import { eventLimits } from './event-limits.ts';
import { RefusalsOfOthers } from './refusals-of-others.ts';
import { builtBy, type Controllers, importingOn } from './wiring.ts';

export interface ControllerProcess {
  readonly client: KubeClient;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Pick<Metrics, 'observerFor' | 'events'>;
  readonly stores: Stores;
  readonly settings: BuildSettings;
  readonly reports: Pick<Reports, 'of' | 'hears'>;
  readonly orderReports: Pick<OrderReports, 'of' | 'hears' | 'ask'>;
  /** Which replica this is: the Pod's name. */
  readonly instance: string;
}

/** A store's key is a name of the whole cluster: there is one for each tenant and node, and tenants make none. */
const byNamespace = {
  of: (key: string) => splitKey(key).namespace,
  mostAtOnce: ceilings.passes.value,
  share: { burstMs: ceilings.passBurst.value, msPerSecond: ceilings.passShare.value },
};

/** One controller for each kind; none starts before all that it reads is complete. */
export function createControllers(process: ControllerProcess): Controllers {
  const { stores, clock, settings, client, metrics, reports, orderReports } = process;
  const shared = {
    ...process,
    events: createEventRecorder({ ...process, reporter: manager, limits: eventLimits, observer: metrics.events }),
    resourceTypes: Object.values(resource),
    stores: Object.values(stores),
    waitFor: Object.values(stores),
    fieldManager: manager,
  };
  const make = (
    name: string,
    reconcile: (key: string, refusals: readonly Refusal[]) => Plan | undefined | Promise<Plan | undefined>,
    groups?: KeyGroups,
  ): Controller =>
    createController({
      ...shared,
      ...(groups !== undefined && { groups }),
      name,
      reconcile: async (key, refusals) => reconcile(key, refusals),
      remember: { keys: ceilings.refusals.value, writes: ceilings.refusalsOfOne.value },
      observer: metrics.observerFor(name),
    });
  const readTrouble: ReadTrouble = (podOrJob) => readTroubleOf(client, podOrJob).catch(() => undefined);
  const admission = new Admission(stores, settings, { clock, look: (key) => controllers.builds.add(key) });
  const names = new NameClaims(stores);
  const refusedAgents = new RefusalsOfOthers((node) => importingOn(stores, node, (key) => controllers.builds.add(key)));
  const refusedBuilders = new RefusalsOfOthers((job) => builtBy(stores, job, (key) => controllers.builds.add(key)));
  const workOn = (node: string) => workOnNode(node, { stores, names, settings, now: clock.now() });
  const podStores = { ...stores, newest: new NewestPods(stores.pods) };
  const agentRefusals = (node: string) => refusedAgents.of(node);
  const builderRefusals = (job: string) => refusedBuilders.of(job);
  const heard = { reports, orderReports, agentRefusals, builderRefusals, readTrouble };
  const buildDeps = { stores, admission, names, ...heard, clock, settings };
  const agentDeps = { stores, reports: orderReports, workOn, settings, clock };
  const ofAgents = telling(refusedAgents, (key) => reconcileAgents(key, agentDeps));
  const ofBuilders = telling(refusedBuilders, (key) => reconcileBuilder(key, builderDeps(process)));
  const controllers: Controllers = {
    pods: make(
      'pods',
      (key, refusals) =>
        reconcilePod(key, refusals, podStores, settings) ?? tellLeftOut(key, stores.pods, 'Pods that ask for images'),
      {
        ...byNamespace,
        isPatient: (key) => podCanWait(key, stores.pods),
      },
    ),
    builds: make(
      'builds',
      async (key, refusals) =>
        (await reconcileBuild(key, refusals, buildDeps)) ?? tellLeftOut(key, stores.builds, 'NixBuilds'),
      { ...byNamespace, isPatient: (key) => buildCanWait(key, { stores, admission }) },
    ),
    agents: make('agents', ofAgents),
    builders: make('builders', ofBuilders, byNamespace),
    stores: make('stores', (key, refusals) => reconcileStore(key, refusals, { stores, clock, settings })),
  };
  return controllers;
}

/** Has what was refused looked at by those who wait for it, and forgets it with what it was refused to. */
function telling(refused: RefusalsOfOthers, reconcile: (key: string) => Plan | undefined) {
  return (key: string, refusals: readonly Refusal[]): Plan | undefined => {
    const plan = reconcile(key);
    refused.note(key, plan === undefined ? [] : refusals);
    return plan;
  };
}

function builderDeps({ stores, reports, settings, clock }: ControllerProcess): BuilderDeps {
  return { stores, reports, workIn: (job) => workInJob(job, { stores, settings }), settings, clock };
}
