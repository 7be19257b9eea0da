import { describe, expect, it, test } from 'vitest';
import { aBuild, aContainer, aNode, aPod } from '../../../test/support/builders.ts';
import { aSeenPod } from '../../../test/support/seen-pod.ts';
import { aheadAnnotation } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import { decidePod } from './decide.ts';
import type { SeenPod } from './observe.ts';

const image = 'git.example/demo/hello:1.0';
const starting = aContainer({ waiting: 'ContainerCreating' });

/** A Pod that the kubelet has taken, of a repository that enbi has built before. */
const decide = (given: Partial<SeenPod> = {}) =>
  decidePod(aSeenPod({ pod: aPod({ containers: [starting] }), isBuiltHere: () => true, ...given }));

describe('a new tag of what enbi has built before', () => {
  it('is asked for before the kubelet has missed it, and the NixBuild says so', () => {
    const plan = decide();
    expect(plan.because).toBe('BuildMissing');
    expect(plan.actions).toMatchObject([
      {
        type: 'create',
        manifest: { metadata: { annotations: { [aheadAnnotation]: 'true' } }, spec: { imageTag: image } },
      },
    ]);
    expect(plan.events?.[0]?.message).toContain('a new tag of what enbi has built before');
  });

  it('is the same NixBuild as when it is missed, but for that word', () => {
    const names = [starting, aContainer()].map((container) => {
      const [action] = decide({ pod: aPod({ containers: [container] }) }).actions;
      return action?.type === 'create' ? action.manifest.metadata : undefined;
    });
    expect(names[0]?.name).toBe(names[1]?.name);
    expect(names[1]?.annotations?.[aheadAnnotation]).toBeUndefined();
  });

  test.each<[string, Partial<SeenPod>]>([
    ['of what it has not built', { isBuiltHere: () => false }],
    ['that some node has', { onNodes: new Set([image]) }],
    ['for which there is a NixBuild', { builds: [aHello({ status: 'Building' })] }],
    ['whose NixBuild has failed', { builds: [aHello({ status: 'Failed' })] }],
    ['whose NixBuild has loaded it there', { builds: [aHello({ status: 'Succeeded', nodes: ['node-1'] })] }],
  ])('is not asked for: one %s', (_, given) => {
    const { actions, events = [] } = decide(given);
    expect({ actions, events }).toEqual({ actions: [], events: [] });
  });

  test.each<[string, Partial<ContainerView>]>([
    ['runs', { running: true }],
    ['is made again', { waiting: 'ContainerCreating', lastFinishedAt: '2026-11-23T12:00:00Z' }],
    ['crashes', { waiting: 'CrashLoopBackOff' }],
    ['has a Pod that no kubelet has taken', {}],
  ])('is not asked for where the container %s', (_, given) => {
    const { waiting: _waiting, ...bare } = starting;
    expect(decide({ pod: aPod({ containers: [{ ...bare, ...given }] }) }).actions).toEqual([]);
  });

  it('is not asked for where one of the images has been found missing: that one is told of', () => {
    const other = aContainer({ name: 'other', waiting: 'ErrImagePull', image: 'git.example/other:1.0' });
    const plan = decide({ pod: aPod({ containers: [starting, other] }) });
    expect(JSON.stringify(plan.actions)).not.toContain(aheadAnnotation);
  });

  it('is asked for with an init container too, which is made first', () => {
    const init = aContainer({ list: 'init', name: 'init', waiting: 'PodInitializing', image });
    expect(decide({ pod: aPod({ containers: [init] }) }).actions).toHaveLength(1);
  });

  it('tells nothing of annotations that are wrong before the Pod is known to wait', () => {
    const pod = aPod({ containers: [{ ...starting, pullPolicy: 'Always' }] });
    expect(decide({ pod }).events).toEqual([]);
  });

  it('is not asked for when the node has an architecture for which nothing is built', () => {
    expect(decide({ node: aNode({ architecture: 'mips64' }) }).actions).toEqual([]);
  });
});

function aHello(status: NixBuildStatus) {
  return aBuild({ spec: { flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0' }, status });
}
