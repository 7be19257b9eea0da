import type { NixBuild } from '../../cluster-view/objects.ts';

/** The longest waiting first, and namespaces take turns, so that a list that is cut is not one namespace's. Of each so many at most. */
export function inTurns(builds: readonly NixBuild[], most = Number.POSITIVE_INFINITY): readonly NixBuild[] {
  const turns = new Map<string, number>();
  const inLine = builds.toSorted(longestFirst).map((build) => {
    const { namespace = '' } = build.metadata;
    const turn = turns.get(namespace) ?? 0;
    turns.set(namespace, turn + 1);
    return { build, turn };
  });
  return inLine
    .filter(({ turn }) => turn < most)
    .toSorted((a, b) => a.turn - b.turn)
    .map(({ build }) => build);
}

export function longestFirst(one: NixBuild, other: NixBuild): number {
  const [a, b] = [one, other].map(
    ({ metadata, status }) => `${status.stageTimes?.importStarted ?? ''} ${metadata.uid}`,
  );
  return (a ?? '').localeCompare(b ?? '');
}
