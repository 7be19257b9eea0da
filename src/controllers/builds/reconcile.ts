import type { OrderReports } from '../../mailbox/order-reports.ts';
import type { Reports } from '../../mailbox/reports.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import type { Admission } from './admission.ts';
import type { BuildStores } from './build-stores.ts';
import { decideBuild } from './decide.ts';
import { deleteJob } from './finished.ts';
import type { NameClaims } from './name-claims.ts';
import { observeBuild, orphanedJobs, type ReadTrouble } from './observe.ts';
import type { BuildSettings } from './settings.ts';

export interface BuildDeps {
  readonly stores: BuildStores;
  readonly admission: Admission;
  readonly names: NameClaims;
  readonly reports: Pick<Reports, 'of'>;
  readonly orderReports: Pick<OrderReports, 'of'>;
  /** What was refused to the agents of a node. */
  readonly agentRefusals: (node: string) => readonly Refusal[];
  /** What was refused to whoever tells a builder, by its Job's `namespace/name`. */
  readonly builderRefusals: (job: string) => readonly Refusal[];
  readonly readTrouble: ReadTrouble;
  readonly clock: Clock;
  readonly settings: BuildSettings;
}

/** One pass over one NixBuild. Of one that is gone, the Jobs are removed that no owner reference reaches. */
export async function reconcileBuild(
  key: string,
  refusals: readonly Refusal[],
  deps: BuildDeps,
): Promise<Plan | undefined> {
  const observation = { ...deps, refusals, enbiNamespace: deps.settings.namespace, now: deps.clock.now() };
  const seen = await observeBuild(key, observation);
  if (seen !== undefined) return decideBuild(seen, deps.clock.now(), deps.settings);
  const orphans = orphanedJobs(key, deps.stores, deps.settings.namespace).filter(
    (job) => job.metadata.deletionTimestamp === undefined,
  );
  return orphans.length === 0 ? undefined : { because: 'BuildIsGone', actions: orphans.map(deleteJob) };
}
