import { expect, it, test } from 'vitest';
import { aBuild, aPod } from '../../../test/support/builders.ts';
import { aSeenPod } from '../../../test/support/seen-pod.ts';
import { label, manager, podAnnotation } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { decidePod } from './decide.ts';

const failedAt = (stage: 'Fetch' | 'Build'): NixBuildStatus => ({
  status: 'Failed',
  failure: { stage, reason: 'FetchFailed', message: 'no access' },
});
const lacking: NixBuildStatus = {
  status: 'Pending',
  conditions: [{ type: 'Ready', status: 'False', reason: 'SecretNotFound', message: '', lastTransitionTime: '' }],
};

function podWith(secret: string | undefined, name = 'new'): PodView {
  const flake = { [podAnnotation.flakeUrl]: 'git+https://git.example/hello?ref=refs/tags/{tag}' };
  return aPod({
    name,
    annotations: { ...flake, ...(secret === undefined ? {} : { [podAnnotation.secretName]: secret }) },
  });
}

function buildWith(secret: string | undefined, status: NixBuildStatus, own = true): NixBuild {
  const build = aBuild({ status, annotations: secret === undefined ? {} : { [podAnnotation.secretName]: secret } });
  return { ...build, metadata: { ...build.metadata, labels: own ? { [label.managedBy]: manager } : {} } };
}

const decide = (pod: PodView, builds: readonly NixBuild[], newest = pod) =>
  decidePod(aSeenPod({ pod, builds, newest: () => newest }));

test.each<[string, string | undefined, NixBuildStatus]>([
  ['that was refused without a Secret', undefined, failedAt('Fetch')],
  ['that was refused with another Secret', 'old', failedAt('Fetch')],
  ['whose Secret does not exist', 'old', lacking],
])('a build %s is made anew with that of the newest Pod', (_, before, status) => {
  const plan = decide(podWith('right'), [buildWith(before, status)]);
  expect(plan).toMatchObject({
    because: 'SecretIsOld',
    actions: [{ type: 'delete', ref: { kind: 'NixBuild', name: 'hello-1-0-abc', uid: 'uid-build' } }],
    events: [{ type: 'Normal', message: expect.stringContaining('names Secret right: it is made anew') }],
  });
});

test.each<[string, NixBuild]>([
  ['that has the same Secret', buildWith('right', failedAt('Fetch'))],
  ['that was fetched, and failed later', buildWith('old', failedAt('Build'))],
  ['that is under way', buildWith('old', { status: 'Building' })],
  ['that has an image somewhere', buildWith('old', { ...failedAt('Fetch'), nodes: ['node-2'] })],
  ['that somebody made by hand', buildWith('old', failedAt('Fetch'), false)],
])('a build %s stays', (_, build) => {
  expect(decide(podWith('right'), [build]).actions).toEqual([]);
});

it('is not for an older Pod to say', () => {
  expect(decide(podWith('old'), [buildWith('right', failedAt('Fetch'))], podWith('right', 'newest')).actions).toEqual(
    [],
  );
});

it('asks with the Secret of the newest Pod, whichever is looked at first', () => {
  const [action] = decide(podWith(undefined), [], podWith('right', 'newest')).actions;
  expect(action).toMatchObject({ manifest: { metadata: { annotations: { [podAnnotation.secretName]: 'right' } } } });
});
