import { label, manager } from '../../../src/api/labels.ts';
import { NixBuildStatus } from '../../../src/api/nix-build.ts';
import { isGoing, keyOfLive, statusOf } from '../server/live.ts';
import { plurals } from '../server/mirror.ts';
import type { World } from '../world/world.ts';

/** What belongs to something that is no more. */
export function orphans(world: World): string[] {
  const uids = new Set(plurals.flatMap((plural) => world.list(plural).map(({ metadata }) => metadata.uid)));
  return plurals.flatMap((plural) =>
    world
      .list(plural)
      .filter(({ metadata }) => metadata.labels?.[label.managedBy] === manager)
      .filter((live) => {
        const owners = (live.metadata.ownerReferences ?? []).map(({ uid }) => uid);
        const build = live.metadata.labels?.[label.buildUid];
        return [...owners, ...(build === undefined ? [] : [build])].some((uid) => !uids.has(uid));
      })
      .map((live) => `orphan: ${plural} ${keyOfLive(live)}`),
  );
}

/** https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md */
export function unlikeKstatus(world: World): string[] {
  return world
    .list('nixbuilds')
    .filter((build) => !isGoing(build))
    .flatMap((build) => {
      const status = NixBuildStatus.safeParse(statusOf(build));
      if (!status.success) return [`the status of ${keyOfLive(build)} fits no schema: ${status.error.message}`];
      const { conditions = [], observedGeneration } = status.data;
      const is = (type: string) => conditions.find((condition) => condition.type === type)?.status;
      const verdicts = [is('Ready') === 'True', is('Reconciling') === 'True', is('Stalled') === 'True'];
      const isOne = verdicts.filter(Boolean).length === 1;
      const isCurrent = observedGeneration === build.metadata.generation;
      return [
        ...(isOne ? [] : [`kstatus knows no one state of ${keyOfLive(build)}: ${JSON.stringify(conditions)}`]),
        ...(isCurrent ? [] : [`the status of ${keyOfLive(build)} is of another generation`]),
      ];
    });
}
