import { beforeEach, describe, expect, it, test } from 'vitest';
import { aBuild, aContainer, aPod, noon, someSettings } from '../../../test/support/builders.ts';
import { aSeenBuild } from '../../../test/support/seen-build.ts';
import { aheadAnnotation, apiVersion, label, manager, podAnnotation } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { isActive } from '../../cluster-view/road.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { decideBuild } from './decide.ts';
import { isInUse } from './in-use.ts';
import type { SeenBuild } from './observe.ts';
import { rfc3339 } from './status.ts';

const starting = aPod({ containers: [aContainer({ waiting: 'ContainerCreating' })] });
const missing = aPod({ containers: [aContainer({ waiting: 'ErrImagePull' })] });
const needsItNext = aPod({
  containers: [
    aContainer({ list: 'init', name: 'migrate', image: 'git.example/migrate:1.0', waiting: 'ErrImagePull' }),
    aContainer({ waiting: 'PodInitializing' }),
  ],
});

function made(status: NixBuildStatus, annotations: Readonly<Record<string, string>> = { [aheadAnnotation]: 'true' }) {
  const build = aBuild({ status, annotations });
  return { ...build, metadata: { ...build.metadata, labels: { [label.managedBy]: manager } } };
}

const outPath = `/nix/store/${'0'.repeat(32)}-image`;
const secondsBefore = (seconds: number) => new Date(noon.getTime() - seconds * 1000).toISOString();

const decide = (build: NixBuild, given: Partial<SeenBuild>) =>
  decideBuild(aSeenBuild({ build, ...given }), noon, someSettings());

const isDeleted = (plan: ReturnType<typeof decide>) =>
  plan.actions.some((action) => action.type === 'delete' && action.ref.kind === 'NixBuild');

describe('what was made ahead', () => {
  test.each(['Pending', 'Building', 'Importing', 'Failed'] as const)(
    'and turns out to be there ends while %s',
    (status) => {
      const plan = decide(made({ status }), { isInUse: true });
      expect(plan.because).toBe('Needless');
      expect(isDeleted(plan)).toBe(true);
      expect(plan.events?.[0]?.message).toContain('was on the node');
    },
  );

  test.each<[string, Partial<SeenBuild>]>([
    ['another Pod has not looked for it yet', { isInUse: true, waiting: [starting] }],
    ['another Pod misses it', { isInUse: true, waiting: [missing] }],
    ['no Pod has begun', {}],
  ])('goes on while %s', (_, given) => expect(isDeleted(decide(made({ status: 'Building' }), given))).toBe(false));

  const builtAt = (buildFinished: string | undefined) => ({ stageTimes: { buildStarted: '', buildFinished } });
  const built = (at: string | undefined, more: NixBuildStatus = {}) =>
    made({ status: 'Importing', buildNode: 'node-1', progress: 'built, importing', outPath, ...builtAt(at), ...more });

  it('is not loaded before a Pod is known to miss it, and says what it waits for', () => {
    const plan = decide(built(secondsBefore(1)), { waiting: [starting] });
    expect(plan).toMatchObject({ because: 'NobodyMissesIt', actions: [], recheckAfterMs: 2000 });
    expect(plan.status?.status).toMatchObject({ progress: 'built, waiting for the kubelet' });
    expect(plan.status?.status).not.toHaveProperty('status');
  });

  test.each([
    ['half a minute ago', secondsBefore(31)],
    ['in a time to come', secondsBefore(-3600)],
    ['nobody knows when', undefined],
  ])('gives its slot back when it was built %s and the kubelet has not looked for it', (_, at) => {
    const plan = decide(built(at, { attempts: 1 }), { waiting: [starting] });
    const aside = { status: 'Pending', nextAttemptTime: rfc3339(noon) } as const;
    expect(plan.status?.status).toMatchObject({ ...aside, buildNode: null, attemptsForgiven: 1 });
    expect(isActive(made(aside))).toBe(false);
  });

  describe('and has given its slot back', () => {
    const aside = made({ status: 'Pending', outPath, nextAttemptTime: noon.toISOString() });

    it('waits until it is missed, and writes nothing meanwhile', () => {
      const plan = decide(aside, { waiting: [starting] });
      expect(plan).toMatchObject({ because: 'NobodyMissesIt', actions: [] });
      expect(plan.status).toBeUndefined();
    });

    it('goes on when it is missed', () => expect(decide(aside, { waiting: [missing] }).because).toBe('RetryIsDue'));

    it('ends when its Pod is gone', () => expect(isDeleted(decide(aside, {}))).toBe(true));

    it('is tried again as others are where nothing was built', () => {
      const unbuilt = made({ status: 'Pending', nextAttemptTime: noon.toISOString() });
      expect(decide(unbuilt, { waiting: [starting] }).because).toBe('RetryIsDue');
    });
  });

  test.each([
    ['misses it', missing],
    ['misses what it needs before', needsItNext],
  ])('is loaded when a Pod %s', (_, pod) => {
    const { because } = decide(made({ status: 'Importing' }), { waiting: [starting, pod] });
    expect(because).not.toMatch(/NobodyMissesIt|Needless/);
  });

  it('ends when it is built and its Pod is gone', () => {
    expect(isDeleted(decide(made({ status: 'Importing' }), {}))).toBe(true);
  });

  it('is loaded again where it was loaded before', () => {
    const plan = decide(made({ status: 'Importing', nodes: [] }), { waiting: [starting], isInUse: true });
    expect(plan.because).not.toMatch(/NobodyMissesIt|Needless/);
  });
});

test('what was made for a Pod that missed it goes on whatever becomes of that', () => {
  for (const status of ['Building', 'Importing'] as const)
    expect(decide(made({ status }, {}), { isInUse: true }).because).not.toMatch(/NobodyMissesIt|Needless/);
});

test('what somebody made by hand, with the annotation too, is theirs', () => {
  const build = aBuild({ status: { status: 'Building' }, annotations: { [aheadAnnotation]: 'true' } });
  expect(isDeleted(decide(build, { isInUse: true }))).toBe(false);
});

describe('whether an image is in use', () => {
  let stores: Stores;
  beforeEach(() => {
    stores = createStores();
  });

  function putPod(state: object, image = aBuild().spec.imageTag): void {
    const annotations = { [podAnnotation.flakeUrl]: aBuild().spec.flakeUrl };
    const metadata = { name: 'web', namespace: 'team', uid: 'web', resourceVersion: '1', annotations };
    const status = { containerStatuses: [{ name: 'web', state }] };
    const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'web', image }] }, status };
    stores.pods.applyEvent({ type: 'ADDED', object });
  }

  /** As the API server gives it, so that what is kept of a NixBuild is enough. */
  const isUsed = (build: NixBuild = made({})) => {
    stores.builds.applyEvent({ type: 'ADDED', object: { apiVersion, kind: 'NixBuild', ...build } });
    const seen = stores.builds.get(`team/${build.metadata.name}`);
    return seen !== undefined && isInUse(seen, stores.pods);
  };

  test.each<[string, object, boolean]>([
    ['runs', { running: {} }, true],
    ['has ended', { terminated: { exitCode: 0 } }, true],
    ['waits', { waiting: { reason: 'ContainerCreating' } }, false],
  ])('by a container that %s', (_, state, expected) => {
    putPod(state);
    expect(isUsed()).toBe(expected);
  });

  it('is not by a container of another image', () => {
    putPod({ running: {} }, 'git.example/demo/hello:0.9');
    expect(isUsed()).toBe(false);
  });

  it('is not asked of what was not made ahead', () => {
    putPod({ running: {} });
    expect(isUsed(made({}, {}))).toBe(false);
  });
});
