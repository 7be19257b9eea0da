import { describe, expect, test } from 'vitest';
import { observe } from './observed.ts';
import { createTimeline, stagesOf, stageTable } from './timeline.ts';

const pod = { created: 1000, waiting: 1900, woken: 7000, running: 7500, ready: 8100 };
const build = { created: 2000, jobCreated: 3000, built: 5000, loaded: 6900 };

describe('the stages of a Pod', () => {
  test('follow each other without a gap', () => {
    const stages = stagesOf(pod, build);
    const total = stages.at(-1)?.seconds ?? 0;
    const sum = stages.slice(0, -1).reduce((seconds, stage) => seconds + stage.seconds, 0);
    expect(total).toBeCloseTo(7.1);
    expect(sum).toBeCloseTo(total);
  });

  test('that were not seen to begin and end are left out', () => {
    const { waiting: _, ...neverWaited } = pod;
    expect(stagesOf(neverWaited, build).map(({ name }) => name)).not.toContain('seen by enbi');
  });

  test('are printed in columns', () => {
    expect(
      stageTable([
        { name: 'import', seconds: 1.5 },
        { name: 'in all', seconds: 12 },
      ]),
    ).toBe('import    1.50 s\nin all   12.00 s');
  });
});

test('a moment is when something was first seen', () => {
  const timeline = createTimeline();
  const seen = (status: string) =>
    observe({ kind: 'NixBuild', metadata: { uid: 'b' }, spec: aSpec, status: { status } });
  for (const [at, status] of [
    [1, 'Pending'],
    [2, 'Importing'],
    [3, 'Succeeded'],
    [4, 'Succeeded'],
  ] as const) {
    const after = seen(status);
    if (after !== undefined) timeline.record({ after, at, firstSeenAt: 1 });
  }
  expect(timeline.of({ uid: 'b' })).toEqual({ created: 1, built: 2, loaded: 3 });
});

const aSpec = { flakeUrl: 'github:a/b', packageName: 'default', system: 'x86_64-linux', imageTag: 'git.example/a/b:1' };
