import { randomUUID } from 'node:crypto';
import { createKubeClient } from '../../../src/adapters/kubernetes/client.ts';
import type { ClusterAccess } from '../../../src/adapters/kubernetes/cluster-access.ts';
import { manager } from '../../../src/api/labels.ts';
import { createStores } from '../../../src/cluster-view/stores.ts';
import { FollowedOrders } from '../../../src/mailbox/followed-orders.ts';
import { FollowedReports } from '../../../src/mailbox/followed-reports.ts';
import { createControllers } from '../../../src/main/controllers.ts';
import { createLeadership } from '../../../src/main/leadership.ts';
import { takeOverFrom } from '../../../src/main/take-over.ts';
import { connect, createReflectors } from '../../../src/main/wiring.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { unobservedController } from '../../../src/runtime/controller-observer.ts';
import { WriteFence } from '../../../src/runtime/leader/write-fence.ts';
import { MemoryLog } from '../../../src/runtime/memory-log.ts';
import { runControllers } from '../../../src/runtime/run-controllers.ts';
import type { LifeSettings } from '../ground/ground.ts';
import type { Session } from '../proxy/session.ts';
import type { World } from '../world/world.ts';
import type { ControllerLife } from './controller-life.ts';
import { countedClient, Tally } from './counted-client.ts';
import { settingsIn } from './settings.ts';

const uncounted = {
  observerFor: () => unobservedController,
  leads: () => undefined,
  events: { leftOut: () => undefined },
};

export interface InnerLifeOptions {
  readonly world: World;
  readonly session: Session;
  readonly access: ClusterAccess;
  /** Which replica it is. */
  readonly instance: string;
  /** It is one of several, and works when it is elected. */
  readonly elects: boolean;
  readonly settings: LifeSettings;
}

/** One life of a controller: all that the process has, in this one, and gone from one moment to the next. */
export class InnerLife implements ControllerLife {
  readonly log = new MemoryLog();
  readonly #tally = new Tally(() => this.#world.noteActivity());
  readonly #stop = new AbortController();
  readonly #session: Session;
  readonly #world: World;
  readonly #timers = new Set<() => void>();
  readonly #owned: Disposable[] = [];
  readonly #elects: boolean;

  constructor(options: InnerLifeOptions, failed: (error: unknown) => void) {
    const { world, session, access, instance, elects, settings } = options;
    this.#world = world;
    this.#session = session;
    this.#elects = elects;
    const clock = this.#clock();
    const fence = new WriteFence(clock);
    const client = createKubeClient(access, { userAgent: manager, ...(elects ? { guard: fence } : {}) });
    this.#owned.push(client);
    const counted = countedClient(client, this.#tally);
    const process = { client: counted, log: this.log, clock, random: () => 0.5, metrics: uncounted };
    const stores = createStores();
    const builds = settingsIn(world.home, settings);
    const reports = new FollowedReports({ ...process, pods: stores.jobPods });
    const orderReports = new FollowedOrders({ ...process, pods: stores.jobPods, session: randomUUID().slice(0, 8) });
    const byKind = createControllers({ ...process, stores, settings: builds, reports, orderReports, instance });
    connect(stores, byKind, { enbiNamespace: builds.namespace, clock, reports, orderReports });
    const reflectors = createReflectors(stores, process);
    const controllers = [reports, orderReports, ...Object.values(byKind)];
    const alone = { reflectors, controllers };
    const leader = () => {
      const settings = { builds, leaseDuration: 15, kubeconfig: undefined };
      const leadership = createLeadership({ ...process, access, settings, instance, userAgent: manager, fence });
      this.#owned.push(leadership);
      const takeOver = () => takeOverFrom(stores, reflectors, byKind);
      return {
        controllers,
        reflectors: [...reflectors, leadership.reflector],
        leadership: leadership.elector,
        takeOver,
      };
    };
    runControllers(elects ? leader() : alone, this.#stop.signal).catch((thrown: unknown) => {
      if (!this.#stop.signal.aborted) failed(thrown);
    });
  }

  get isAtRest(): boolean {
    const { asking, watching } = this.#tally;
    // The elector has a client of its own, which nobody counts: what it asks is seen when it arrives.
    if (this.#elects && this.#session.isAsked) return false;
    return asking === this.#session.held && watching === this.#session.openStreams;
  }

  /** Nothing of it happens any more, wherever it was. */
  end(): void {
    this.#stop.abort();
    this.#session.kill();
    for (const owned of this.#owned) owned[Symbol.dispose]();
    for (const cancel of this.#timers) cancel();
  }

  /** Its timers end with it. */
  #clock(): Clock {
    const { clock } = this.#world;
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.ms,
      setTimer: (ms, fn) => {
        if (this.#stop.signal.aborted) return () => undefined;
        const cancel = clock.setTimer(ms, () => {
          this.#timers.delete(cancel);
          fn();
        });
        this.#timers.add(cancel);
        return () => {
          this.#timers.delete(cancel);
          cancel();
        };
      },
    };
  }
}
