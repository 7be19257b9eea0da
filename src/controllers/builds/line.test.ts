import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aBuild, secondsAfterNoon } from '../../../test/support/builders.ts';
import { ceilings } from '../../api/ceilings.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { Change } from '../../runtime/store.ts';
import { Line } from './line.ts';

function of(name: string, { namespace = 'team', since = 0, status = {} }: Given = {}): NixBuild {
  const metadata = { ...aBuild().metadata, namespace, name, creationTimestamp: secondsAfterNoon(since).toISOString() };
  return { ...aBuild(), metadata, status };
}

interface Given {
  readonly namespace?: string;
  readonly since?: number;
  readonly status?: NixBuild['status'];
}

/** A line, and what tells it of changes. */
function aLine(list: readonly NixBuild[] = []) {
  let tell: (change: Change<NixBuild>) => void = () => undefined;
  const line = new Line({ list: () => list, subscribe: (listener) => ((tell = listener), () => undefined) });
  return { line, tell: (change: Change<NixBuild>) => tell(change) };
}

describe('the line', () => {
  const crowd = Array.from({ length: ceilings.queued.value + 3 }, (_, at) => of(`b${at}`, { since: at }));

  it('has those first that have waited longest, so many of each namespace', () => {
    const { line } = aLine([...crowd.toReversed(), of('s', { namespace: 'small', since: 9999 })]);
    const heads = line.heads();
    expect(heads.length).toBe(ceilings.queued.value + 1);
    expect([heads[0], heads.includes('small/s'), heads.includes('team/b200')]).toEqual(['team/b0', true, false]);
    expect(crowd.filter((build) => line.isCrowded(build)).length).toBe(3);
  });

  it('moves up when one goes, and is not disturbed by one that builds', () => {
    const [first = of('none')] = crowd;
    const { line, tell } = aLine(crowd);
    tell({ before: first, after: { ...first, status: { status: 'Building', buildNode: 'n1' } } });
    expect(line.heads().includes('team/b200')).toBe(true);
    tell({ before: { ...first, status: { status: 'Building', buildNode: 'n1' } } });
    expect(line.heads().length).toBe(ceilings.queued.value);
  });

  it('is in the order of the waiting, whatever comes and goes', () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), since: fc.nat(3), gone: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { line, tell } = aLine();
        const there = new Map<string, NixBuild>();
        for (const { name, since, gone } of steps) {
          const before = there.get(name);
          const after = gone ? undefined : of(name, { since });
          tell({ ...(before && { before }), ...(after && { after }) });
          if (after === undefined) there.delete(name);
          else there.set(name, after);
        }
        const since = ({ metadata }: NixBuild) => `${metadata.creationTimestamp} ${keyOf(metadata)}`;
        const sorted = [...there.values()].toSorted((a, b) => (since(a) < since(b) ? -1 : 1));
        expect(line.heads()).toEqual(sorted.map(({ metadata }) => keyOf(metadata)));
      }),
    );
  });
});
