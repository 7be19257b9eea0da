import { beforeEach, describe, expect, it } from 'vitest';
import { aBuild, aNode, aPod } from '../../../test/support/builders.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import { buildCanWait } from './can-wait.ts';

let waits: boolean;
beforeEach(() => {
  waits = false;
});

function canWait(status: NixBuildStatus, isCrowded = false): boolean {
  const build: NixBuild = { ...aBuild(), status };
  const waiting = waits ? { waiting: { reason: 'ErrImagePull', message: '' } } : {};
  const [container] = aPod().containers;
  if (container === undefined) throw new Error('the Pod has no container');
  const { waiting: _, ...running } = container;
  const pod = { ...aPod(), nodeName: 'n1', containers: [{ ...running, image: build.spec.imageTag, ...waiting }] };
  const stores = {
    builds: { get: (key: string) => (key === keyOf(build.metadata) ? build : undefined) },
    nodes: { get: () => aNode({ name: 'n1' }) },
    pods: { by: () => [pod] },
  };
  return buildCanWait(keyOf(build.metadata), { stores: stores as never, admission: { isCrowded: () => isCrowded } });
}

describe('a look at a NixBuild can wait', () => {
  it.each<[string, NixBuildStatus, boolean, boolean]>([
    ['that stands outside the queue', {}, true, true],
    ['that stands in the queue', {}, false, false],
    ['that is under way', { status: 'Building', buildNode: 'n1' }, false, false],
    ['that is a record', { status: 'Succeeded', buildNode: 'n1' }, false, true],
    ['that failed', { status: 'Failed' }, false, true],
  ])('of one %s: or not', (_, status, isCrowded, expected) => {
    expect(canWait(status, isCrowded)).toBe(expected);
  });

  it('not of a record for whose image a Pod waits', () => {
    waits = true;
    expect(canWait({ status: 'Succeeded', buildNode: 'n2' })).toBe(false);
  });
});
