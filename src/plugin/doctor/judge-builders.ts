import type { Facts, OwnPod } from './facts.ts';
import type { Finding } from './finding.ts';

const check = 'builders';

/** Pods of builds that stay for the next ones. What keeps one from running stands with the build that it was made for. */
export function judgeBuilders({ pods, builds, controller }: Facts): readonly Finding[] {
  if (pods === 'forbidden') return [];
  const builders = pods.filter(runs);
  const known = controller === 'forbidden' ? undefined : controller;
  return [
    judgeNumber(builders, builds),
    ...judgeVersions(builders, known?.image),
    ...judgeStay(known?.settings?.builderIdle),
  ];
}

function runs({ builder, containers }: OwnPod): boolean {
  return builder !== undefined && containers.every(({ waiting, ended }) => waiting === '' && ended === undefined);
}

function judgeNumber(builders: readonly OwnPod[], builds: Facts['builds']): Finding {
  const { length } = builders;
  if (length === 0) return { health: 'OK', check, message: 'none now: the next build makes one' };
  if (builds === 'forbidden') return { health: 'OK', check, message: `${length} now` };
  const named = new Set(
    builds
      .filter(({ status }) => status.status === 'Building')
      .map(({ metadata, status }) => `${metadata.namespace ?? ''}/${status.buildJobName ?? ''}`),
  );
  const busy = builders.filter(({ namespace, builder = '' }) => named.has(`${namespace}/${builder}`)).length;
  return { health: 'OK', check, message: `${length} now: ${busy} builds, ${length - busy} idle` };
}

function judgeVersions(builders: readonly OwnPod[], image: string | undefined): readonly Finding[] {
  if (image === undefined) return [];
  const others = builders.filter(({ asks }) => asks !== '' && asks !== image);
  if (others.length === 0) return [];
  const message = `${others.length} with another image than the controller's: each builds what it was told, takes nothing more, and goes`;
  return [{ health: 'NOTE', check, message }];
}

function judgeStay(builderIdle: number | undefined): readonly Finding[] {
  if (builderIdle !== 0) return [];
  return [{ health: 'NOTE', check, message: '--builder-idle 0: each build waits until a Pod of its own has started' }];
}
