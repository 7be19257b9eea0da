import { describe, expect, it, test } from 'vitest';
import { aBuild, aContainer, aNode, aPod } from '../../../test/support/builders.ts';
import { aSeenPod } from '../../../test/support/seen-pod.ts';
import { podAnnotation } from '../../api/labels.ts';
import type { NixBuildSpec, NixBuildStatus } from '../../api/nix-build.ts';
import type { Reason } from '../../api/reasons.ts';
import type { ContainerView } from '../../cluster-view/container.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import { decidePod } from './decide.ts';

const flake = 'git+https://git.example/hello?ref=refs/tags/{tag}';

function decide(pod: PodView, builds: Parameters<typeof decidePod>[0]['builds'] = [], node = aNode()): Plan {
  return decidePod(aSeenPod({ pod, node, builds }));
}

/** The specs of the NixBuilds a plan makes. */
function specs(plan: Plan): NixBuildSpec[] {
  return plan.actions.flatMap((action) => (action.type === 'create' ? [action.manifest.spec as NixBuildSpec] : []));
}

const theBuild = (status: NixBuildStatus) =>
  aBuild({ spec: { flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0' }, status });

describe('what starts a build', () => {
  test.each(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'RegistryUnavailable'])('%s does', (waiting) => {
    expect(decide(aPod({ containers: [aContainer({ waiting })] })).because).toBe('BuildMissing');
  });

  test.each([
    'InvalidImageName',
    'ImageInspectError',
    'SignatureValidationFailed',
    'ContainerCreating',
    'CrashLoopBackOff',
  ])('%s does not', (waiting) => expect(decide(aPod({ containers: [aContainer({ waiting })] })).actions).toEqual([]));

  test.each(['init', 'app', 'ephemeral'] as const)('in %s containers', (list) => {
    expect(specs(decide(aPod({ containers: [aContainer({ list })] })))).toHaveLength(1);
  });

  it('never without an annotation', () => {
    expect(decide(aPod({ annotations: {} })).because).toBe('NothingWanted');
  });

  it('never for a Pod that is going', () => {
    expect(decide(aPod({ deletionTimestamp: 'x' })).because).toBe('PodIsGoing');
  });
});

describe('what is built', () => {
  it('takes the tag from the image and the system from the node', () => {
    expect(specs(decide(aPod(), [], aNode({ architecture: 'arm64' })))).toEqual([
      {
        flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0',
        packageName: 'default',
        system: 'aarch64-linux',
        imageTag: 'git.example/demo/hello:1.0',
      },
    ]);
  });

  it('is asked for once by many Pods', () => {
    const names = ['a', 'b', 'c'].map((name) => {
      const [action] = decide(aPod({ name })).actions;
      return action?.type === 'create' ? action.manifest.metadata.name : undefined;
    });
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^hello-1-0-[0-9a-f]{10}$/);
  });

  it('is told apart for each container by its suffix', () => {
    const pod = aPod({
      annotations: {
        [`${podAnnotation.flakeUrl}.web`]: 'git+https://git.example/web?ref=refs/tags/{tag}',
        [`${podAnnotation.packageName}.web`]: 'images.web',
        [podAnnotation.flakeUrl]: flake,
      },
      containers: [
        aContainer({ name: 'web', image: 'git.example/web:2.0' }),
        aContainer({ list: 'init', name: 'migrate', image: 'git.example/migrate:3.0' }),
      ],
    });
    expect(specs(decide(pod))).toMatchObject([
      {
        imageTag: 'git.example/web:2.0',
        flakeUrl: 'git+https://git.example/web?ref=refs/tags/2.0',
        packageName: 'images.web',
      },
      { imageTag: 'git.example/migrate:3.0', packageName: 'default' },
    ]);
  });

  it('leaves images alone that imageTag does not name', () => {
    const pod = aPod({
      annotations: { [podAnnotation.flakeUrl]: flake, [podAnnotation.imageTag]: 'git.example/demo/hello:1.0' },
      containers: [aContainer(), aContainer({ name: 'proxy', image: 'docker.io/library/nginx:1' })],
    });
    expect(specs(decide(pod)).map((spec) => spec.imageTag)).toEqual(['git.example/demo/hello:1.0']);
  });
});

describe('a container that somebody put beside those of the author', () => {
  const mesh = (given: Partial<ContainerView>) => {
    const { waiting: _, ...proxy } = aContainer({ name: 'proxy', image: 'registry.example/mesh/proxy:1.24' });
    return { ...proxy, ...given };
  };
  const terminated = { exitCode: 0, reason: 'Completed', message: '', finishedAt: '' };

  test.each<[string, Partial<ContainerView>]>([
    ['that runs', { running: true }],
    ['that ended', { list: 'init', terminated }],
    ['that crashes', { waiting: 'CrashLoopBackOff' }],
    ['that misses a ConfigMap, which the kubelet looks for after the image', { waiting: 'CreateContainerConfigError' }],
    ['whose last run ended', { waiting: 'ContainerCreating', lastFinishedAt: '2026-11-23T12:00:00Z' }],
  ])('%s leaves one image that the annotation can mean', (_, proxy) => {
    const plan = decide(aPod({ containers: [aContainer(), mesh(proxy)] }));
    expect(specs(plan).map(({ imageTag }) => imageTag)).toEqual(['git.example/demo/hello:1.0']);
    expect(plan.events?.map(({ reason }) => reason)).toEqual(['BuildRequested']);
  });

  it('is waited for, without a word, while the kubelet looks for its image', () => {
    const plan = decide(aPod({ containers: [aContainer(), mesh({ waiting: 'ContainerCreating' })] }));
    expect(plan).toMatchObject({ because: 'NothingWanted', actions: [], events: [] });
  });

  test.each<[string, Partial<ContainerView>]>([
    ['that is missing, too', { waiting: 'ErrImagePull' }],
    ['that waits for an init container', { waiting: 'PodInitializing' }],
    ['whose name is none', { waiting: 'InvalidImageName' }],
    ['that is a volume', { list: 'volume' }],
  ])('%s leaves the annotation ambiguous', (_, proxy) => {
    const plan = decide(aPod({ containers: [aContainer(), mesh(proxy)] }));
    expect(plan.actions).toEqual([]);
    expect(plan.events?.[0]).toMatchObject({ reason: 'AmbiguousImage' });
  });

  it('is not made from the flake when its registry is away and the image of the author is there', () => {
    const hello = running(aContainer());
    const plan = decide(aPod({ containers: [hello, mesh({ waiting: 'ErrImagePull' })] }), [theBuild({})]);
    expect(plan).toMatchObject({ because: 'NothingWanted', actions: [], events: [] });
  });

  it('leaves it ambiguous when enbi was asked for both before', () => {
    const builds = [theBuild({}), aBuild({ spec: { imageTag: 'registry.example/mesh/proxy:1.24' } })];
    const plan = decide(aPod({ containers: [aContainer(), mesh({ running: true })] }), builds);
    expect(plan.events?.[0]).toMatchObject({ reason: 'AmbiguousImage' });
  });
});

describe('two containers with one image', () => {
  const both = (annotations: Readonly<Record<string, string>>) =>
    decide(aPod({ annotations, containers: [aContainer(), aContainer({ list: 'init', name: 'migrate' })] }));

  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'two flakes',
      { [`${podAnnotation.flakeUrl}.web`]: flake, [`${podAnnotation.flakeUrl}.migrate`]: 'github:a/b/{tag}' },
      'default of git+https://git.example/hello?ref=refs/tags/1.0, and default of github:a/b/1.0;',
    ],
    [
      'two packages',
      {
        [podAnnotation.flakeUrl]: flake,
        [`${podAnnotation.flakeUrl}.web`]: flake,
        [`${podAnnotation.packageName}.web`]: 'x',
      },
      ': x of git+https',
    ],
    [
      'two Secrets',
      {
        [podAnnotation.flakeUrl]: flake,
        [`${podAnnotation.flakeUrl}.web`]: flake,
        [`${podAnnotation.secretName}.web`]: 'x',
      },
      'with Secret x, and',
    ],
  ])('and %s are told so', (_, annotations, text) => {
    const plan = both(annotations);
    expect(plan).toMatchObject({ because: 'AnnotationsWrong', actions: [] });
    expect(plan.events).toMatchObject([{ reason: 'AmbiguousImage', type: 'Warning' }]);
    expect(plan.events?.[0]?.message).toMatch(
      /^container web and container migrate have one image, git.example\/demo\/hello:1.0, /,
    );
    expect(plan.events?.[0]?.message).toContain(text);
  });

  it('and one flake are one build', () => {
    const plan = both({ [podAnnotation.flakeUrl]: flake, [`${podAnnotation.flakeUrl}.web`]: flake });
    expect(specs(plan)).toHaveLength(1);
    expect(plan.events?.map(({ reason }) => reason)).toEqual(['BuildRequested']);
  });
});

describe('what a person is told', () => {
  test.each<[string, PodView, string, RegExp]>([
    [
      'two images that one annotation fits',
      aPod({ containers: [aContainer(), aContainer({ name: 'b', image: 'git.example/b:1' })] }),
      'AmbiguousImage',
      /nixbuild-imageTag/,
    ],
    [
      'a pull policy that never looks on the node',
      aPod({ containers: [aContainer({ pullPolicy: 'Always' })] }),
      'ImageNeverLocal',
      /IfNotPresent/,
    ],
    [
      'a reference that is not allowed',
      aPod({ annotations: { [podAnnotation.flakeUrl]: 'path:/x' } }),
      'InvalidFlakeReference',
      /path/,
    ],
    ['an image without a host', aPod({ containers: [aContainer({ image: 'hello:1' })] }), 'InvalidImageName', /host/],
    [
      'a package name that is none',
      aPod({ annotations: { [podAnnotation.flakeUrl]: flake, [podAnnotation.packageName]: '-x y' } }),
      'InvalidPackageName',
      /./,
    ],
    [
      'a Secret without a name',
      aPod({ annotations: { [podAnnotation.flakeUrl]: flake, [podAnnotation.secretName]: '' } }),
      'InvalidSecretName',
      /^container web: annotation enbi.hrzn.ee\/nixbuild-secretName: it is empty/,
    ],
    [
      'a Secret of one container with a name that is none',
      aPod({
        annotations: { [`${podAnnotation.flakeUrl}.web`]: flake, [`${podAnnotation.secretName}.web`]: '../a' },
      }),
      'InvalidSecretName',
      /annotation enbi.hrzn.ee\/nixbuild-secretName.web: no Secret can be called "..\/a"/,
    ],
  ])('%s', (_, pod, reason, text) => {
    const plan = decide(pod);
    expect(plan.actions).toEqual([]);
    expect(plan.events?.[0]).toMatchObject({ type: 'Warning', reason });
    expect(plan.events?.[0]?.message).toMatch(text);
  });

  it('why a build failed', () => {
    const failure = { stage: 'Build' as const, reason: 'BuilderFailed' as const, message: 'builder of app failed' };
    const plan = decide(aPod(), [theBuild({ status: 'Failed', failure })]);
    expect(plan.events?.[0]).toMatchObject({ type: 'Warning', reason: 'BuildFailed' });
    expect(plan.events?.[0]?.message).toContain('BuilderFailed at stage Build: builder of app failed');
  });

  it.each<[NixBuildStatus, Reason, string | undefined]>([
    [{ status: 'Building' }, 'FetchRunning', 'fetching'],
    [{ status: 'Importing' }, 'ImportRunning', 'fetching'],
    [{ status: 'Pending' }, 'WaitingForTurn', 'fetching'],
    [{ status: 'Pending' }, 'Retrying', 'fetching'],
    [{ status: 'Pending', nextAttemptTime: '2026-11-23T12:01:00Z' }, 'Retrying', undefined],
    [{ status: 'Building' }, 'PodNotStarting', undefined],
    [{ status: 'Pending' }, 'WaitingForNode', undefined],
  ])('that its build goes on, where something else was told last: %j, %s', (status, reason, told) => {
    const ready = { type: 'Ready', status: 'False', reason, message: 'fetching', lastTransitionTime: '' } as const;
    const { events } = decide(aPod(), [theBuild({ ...status, conditions: [ready] })]);
    const corrects = expect.arrayContaining(['SecretNotFound', 'BuildFailed', 'Cancelled']);
    const event = {
      type: 'Normal',
      reason: 'BuildRequested',
      message: `NixBuild hello-1-0-abc goes on: ${told}`,
      corrects,
    };
    expect(events).toEqual(told === undefined ? [] : [expect.objectContaining(event)]);
  });

  it('which Secret its build waits for, and nothing else of what holds a build up', () => {
    const heldUp = (reason: 'SecretNotFound' | 'PodNotStarting') => {
      const message = 'Secret team/nosuch does not exist';
      const ready = { type: 'Ready', status: 'False', reason, message, lastTransitionTime: '' } as const;
      return decide(aPod(), [theBuild({ status: 'Building', conditions: [ready] })]).events;
    };
    const message = 'NixBuild hello-1-0-abc waits: Secret team/nosuch does not exist';
    expect(heldUp('SecretNotFound')).toMatchObject([{ type: 'Warning', reason: 'SecretNotFound', message }]);
    expect(heldUp('PodNotStarting')).toEqual([]);
  });
});

describe('what a Pod is told of a NixBuild', () => {
  const long = aPod({
    annotations: {
      [podAnnotation.flakeUrl]: `git+https://git.example/hello?ref=refs/tags/{tag}&dir=${'d'.repeat(1500)}`,
    },
  });
  const of = (status: NixBuildStatus) => decide(aPod(), [theBuild(status)]).events?.[0];
  const failure = { stage: 'Build' as const, reason: 'BuilderFailed' as const, message: 'x'.repeat(1024) };
  const ready = {
    type: 'Ready',
    status: 'False',
    reason: 'SecretNotFound',
    message: 'm',
    lastTransitionTime: '',
  } as const;

  test.each([
    ['BuildRequested', decide(long).events?.[0]],
    ['BuildFailed', of({ status: 'Failed', failure })],
    ['Cancelled', of({ status: 'Cancelled' })],
    ['ImageImported', of({ status: 'Succeeded', nodes: ['node-1'] })],
    ['SecretNotFound', of({ status: 'Building', conditions: [ready] })],
  ])('%s begins with its name: the end of a long event is cut', (reason, event) => {
    expect(event).toMatchObject({ reason, message: expect.stringMatching(/^NixBuild hello-1-0-[0-9a-f]+\b/) });
  });
});

describe('of the log of what failed a Pod is told the line that says most', () => {
  const told = (logTail?: string) => {
    const failure = { stage: 'Build' as const, reason: 'BuilderFailed' as const, message: 'exit code 1' };
    const status = { status: 'Failed' as const, failure: logTail === undefined ? failure : { ...failure, logTail } };
    return decide(aPod(), [theBuild(status)]).events?.[0]?.message;
  };

  test.each([
    ['its last', 'compiling\nno such thing\n\n', '; its log: no such thing; tried again '],
    ['its last that names an error', 'main.c:3: error: x\nmake: leaving', '; its log: main.c:3: error: x; tried'],
    ['no more of it than a line has', `error ${'x'.repeat(4000)}`, /; its log: error x{190,194}…; tried/],
    ['nothing of none', undefined, /exit code 1; tried/],
    ['nothing of an empty one', '\n', /exit code 1; tried/],
  ])('%s', (_, logTail, message) => expect(told(logTail)).toMatch(message));
});

describe('annotations that say nothing', () => {
  const flakeFor = { [podAnnotation.flakeUrl]: flake };

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'another case',
      { 'enbi.hrzn.ee/nixbuild-flakeurl': flake },
      /nixbuild-flakeurl: .*; write enbi.hrzn.ee\/nixbuild-flakeUrl$/,
    ],
    ['a dash', { 'enbi.hrzn.ee/nixbuild-flake-url.web': flake }, /write enbi.hrzn.ee\/nixbuild-flakeUrl\.web$/],
    ['another word', { ...flakeFor, 'enbi.hrzn.ee/nixbuild-package': 'x' }, /there are .*nixbuild-packageName/],
    [
      'a container that is not there',
      { 'enbi.hrzn.ee/nixbuild-flakeUrl.wbe': flake },
      /no image volume "wbe"; it has web, pages$/,
    ],
    [
      'a package without its flake',
      { ...flakeFor, 'enbi.hrzn.ee/nixbuild-packageName.web': 'x' },
      /nothing without enbi.hrzn.ee\/nixbuild-flakeUrl\.web/,
    ],
    [
      'an image name without a flake',
      { 'enbi.hrzn.ee/nixbuild-imageTag': 'x' },
      /nothing without enbi.hrzn.ee\/nixbuild-flakeUrl;/,
    ],
    [
      'the name of an image that no container has',
      { ...flakeFor, 'enbi.hrzn.ee/nixbuild-imageTag': 'git.example/demo/hello:0.9' },
      /no container and no image volume of the Pod has this image; it has git\.example\/demo\/hello:1\.0; write one/,
    ],
    ['an image name for one container', { ...flakeFor, 'enbi.hrzn.ee/nixbuild-imageTag.web': 'x' }, /takes no ending/],
  ])('%s', (_, annotations, text) => {
    const containers = [aContainer(), aContainer({ list: 'volume', name: 'pages' })].map(running);
    const plan = decide(aPod({ annotations, containers }));
    expect(plan).toMatchObject({ because: 'AnnotationsWrong', actions: [] });
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'UnknownAnnotation' }]);
    expect(plan.events?.[0]?.message).toMatch(text);
  });

  it('does not stand in the way of those that say something', () => {
    const annotations = { ...flakeFor, 'enbi.hrzn.ee/nixbuild-secret': 'x' };
    const plan = decide(aPod({ annotations }));
    expect(specs(plan)).toHaveLength(1);
    expect(plan.events?.map(({ reason }) => reason)).toEqual(['BuildRequested', 'UnknownAnnotation']);
  });
});

function running(container: ContainerView): ContainerView {
  const { waiting: _, ...rest } = container;
  return { ...rest, running: true };
}

describe('images of volumes', () => {
  const volume = aContainer({ list: 'volume', name: 'pages', image: 'git.example/pages:2.0' });

  it('are built as those of containers are', () => {
    const annotations = { [`${podAnnotation.flakeUrl}.pages`]: flake };
    const plan = decide(aPod({ annotations, containers: [running(aContainer()), volume] }));
    expect(specs(plan)).toMatchObject([
      { imageTag: 'git.example/pages:2.0', flakeUrl: 'git+https://git.example/hello?ref=refs/tags/2.0' },
    ]);
  });

  it('make the annotation without a suffix ambiguous, as those of containers do', () => {
    const plan = decide(aPod({ containers: [running(aContainer()), volume] }));
    expect(plan.events).toMatchObject([{ reason: 'AmbiguousImage' }]);
    expect(plan.events?.[0]?.message).toMatch(
      /any of git.example\/demo\/hello:1.0, git.example\/pages:2.0; .*nixbuild-flakeUrl\.pages$/,
    );
  });

  it('are told once with those of containers, in the same words whichever waits', () => {
    const [both, one] = [aContainer(), running(aContainer())].map((web) => decide(aPod({ containers: [web, volume] })));
    expect(both?.events).toMatchObject([{ reason: 'AmbiguousImage' }]);
    expect(both?.events?.[0]?.message).toMatch(/nixbuild-flakeUrl\.web, enbi.hrzn.ee\/nixbuild-flakeUrl\.pages$/);
    expect(one?.events).toEqual(both?.events);
  });

  it('have a policy of their own', () => {
    const annotations = { [`${podAnnotation.flakeUrl}.pages`]: flake };
    const plan = decide(aPod({ annotations, containers: [{ ...volume, pullPolicy: 'Always' }] }));
    expect(plan.events?.[0]?.message).toMatch(/^volume pages: image.pullPolicy Always/);
  });
});

describe('images that a Pod needs one after the other', () => {
  const annotations = {
    [`${podAnnotation.flakeUrl}.migrate`]: flake,
    [`${podAnnotation.flakeUrl}.web`]: flake,
    [`${podAnnotation.flakeUrl}.pages`]: flake,
  };
  const migrate = aContainer({ list: 'init', name: 'migrate', image: 'git.example/migrate:1.0' });
  const web = aContainer({ waiting: 'PodInitializing' });
  const { waiting: _, ...pages } = aContainer({ list: 'volume', name: 'pages', image: 'git.example/pages:1.0' });
  const images = (pod: PodView, onNodes: readonly string[] = [], builds: readonly NixBuild[] = []) =>
    specs(decidePod(aSeenPod({ pod, builds, onNodes: new Set(onNodes) }))).map(({ imageTag }) => imageTag);
  const loaded = (status: NixBuildStatus) => [theBuild({ nodes: ['node-1'], ...status })];

  it('are all asked for at once', () => {
    const pod = aPod({ annotations, containers: [migrate, web, pages] });
    expect(images(pod)).toEqual([migrate.image, web.image, pages.image]);
    expect(decide(pod).events?.map(({ reason }) => reason)).toEqual(Array(3).fill('BuildRequested'));
  });

  test.each<[string, readonly ContainerView[]]>([
    ['is described by no annotation', [migrate, { ...web, name: 'proxy', image: 'docker.io/library/proxy:1' }]],
    ['has run', [migrate, { ...web, lastFinishedAt: '2026-11-23T12:00:00Z' }]],
    ['runs', [migrate, running(web)]],
    ['is on its way', [migrate, { ...web, waiting: 'ContainerCreating' }]],
    ['has the volume that waits for nothing', [migrate, { ...pages, isThere: true }]],
  ])('are not, if the other one %s', (_name, containers) => {
    expect(images(aPod({ annotations, containers }))).toEqual([migrate.image]);
  });

  it('are none while the Pod waits for none', () => {
    expect(images(aPod({ annotations, containers: [{ ...migrate, waiting: 'CrashLoopBackOff' }, web] }))).toEqual([]);
  });

  it('are not asked for ahead where a node has them without enbi', () => {
    const pod = aPod({ annotations, containers: [migrate, web] });
    expect(images(pod, [web.image])).toEqual([migrate.image]);
    expect(images(pod, [migrate.image])).toEqual([migrate.image, web.image]);
  });

  it('wake no Pod that does not wait for them yet', () => {
    const pod = aPod({ annotations, containers: [migrate, web, pages] });
    const plan = decide(pod, loaded({ status: 'Succeeded' }));
    expect(plan.actions).toMatchObject([{ type: 'create' }, { type: 'create' }]);
    expect(specs(plan).map(({ imageTag }) => imageTag)).toEqual([migrate.image, pages.image]);
  });

  it('have what is wrong with them told at once, too', () => {
    const reasons = (plan: Plan) => plan.events?.map(({ reason }) => reason);
    const pod = aPod({
      annotations,
      containers: [migrate, { ...web, pullPolicy: 'Always' }, { ...pages, isThere: true }],
    });
    expect(reasons(decide(pod))).toEqual(['BuildRequested', 'ImageNeverLocal']);
    const failure = { stage: 'Build' as const, reason: 'BuilderFailed' as const, message: 'it failed' };
    const failed = [theBuild({ status: 'Failed', failure })];
    const early = aPod({ annotations, containers: [migrate, web, { ...pages, isThere: true }] });
    expect(reasons(decide(early, failed))).toEqual(['BuildRequested', 'BuildFailed']);
  });
});

describe('where building would not help', () => {
  test.each(['InvalidImageName', 'ImageInspectError', 'SignatureValidationFailed'])('%s is told', (waiting) => {
    const plan = decide(aPod({ containers: [aContainer({ waiting })] }));
    expect(plan.actions).toEqual([]);
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'BuildWouldNotHelp' }]);
    expect(plan.events?.[0]?.message).toMatch(
      new RegExp(`^container web waits with ${waiting} for git.example/demo/hello:1.0, so nothing is built: .{20}`),
    );
  });

  it('is not told of images that the annotations do not describe', () => {
    const other = running(aContainer({ name: 'other', image: 'git.example/other:1' }));
    const containers = [aContainer({ waiting: 'InvalidImageName' }), other];
    const elsewhere = { [podAnnotation.flakeUrl]: flake, [podAnnotation.imageTag]: 'git.example/other:1' };
    expect(decide(aPod({ annotations: elsewhere, containers }))).toMatchObject({ because: 'NothingWanted' });
    expect(decide(aPod({ annotations: {}, containers })).events).toEqual([]);
  });

  it('is told of an architecture that Nix builds nothing for', () => {
    const plan = decide(aPod(), [], aNode({ architecture: 's390x' }));
    expect(plan).toMatchObject({ because: 'SystemUnsupported', actions: [] });
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'UnsupportedSystem' }]);
    expect(plan.events?.[0]?.message).toMatch(/node-1 has the architecture s390x.*amd64, arm64/);
  });
});

describe('a build that is being deleted', () => {
  const going = ({ name }: { readonly name: string }): NixBuild => {
    const build = { ...theBuild({}), metadata: { ...aBuild({ deletionTimestamp: 'x' }).metadata, name } };
    return build;
  };
  const [request] = decide(aPod()).actions;
  const taken = request?.type === 'create' ? request.manifest.metadata.name : '';

  it('holds the name of the next one: that is told, and waited for', () => {
    const plan = decide(aPod(), [going({ name: taken })]);
    expect(plan).toMatchObject({ because: 'BuildIsGoing', actions: [] });
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'WaitingForDeletion' }]);
    expect(plan.events?.[0]?.message).toContain(`kubectl get nixbuild --namespace team ${taken} --output`);
  });

  it('is in nobody’s way under another name', () => {
    expect(decide(aPod(), [going({ name: 'by-hand' })]).because).toBe('BuildMissing');
  });
});

it('tells a Pod whose build was cancelled how to go on', () => {
  const plan = decide(aPod(), [theBuild({ status: 'Cancelled' })]);
  expect(plan).toMatchObject({
    because: 'BuildCancelled',
    actions: [],
    events: [{ type: 'Warning', reason: 'Cancelled' }],
  });
  expect(plan.events?.[0]?.message).toContain(
    'kubectl enbi retry --namespace team hello-1-0-abc, or a new value of its annotation enbi.hrzn.ee/retry',
  );
});

describe('waking', () => {
  const loaded: NixBuildStatus = {
    status: 'Succeeded',
    nodes: ['node-1'],
    stageTimes: { importFinished: '2026-11-23T12:00:00.000Z' },
  };

  it('touches one annotation, once for each import', () => {
    const plan = decide(aPod(), [theBuild(loaded)]);
    expect(plan.because).toBe('ImageIsThere');
    const [action] = plan.actions;
    expect(action).toMatchObject({ type: 'patch', ref: { kind: 'Pod', name: 'hello-1', uid: 'uid-hello-1' } });
    const value = 'hello-1-0-abc 2026-11-23T12:00:00.000Z';
    const woken = aPod({ annotations: { ...aPod().metadata.annotations, [podAnnotation.wokenAt]: value } });
    expect(decide(woken, [theBuild(loaded)])).toMatchObject({ because: 'AlreadyWoken', actions: [] });
  });

  it('waits until the image is on the node of the Pod', () => {
    expect(decide(aPod({ nodeName: 'node-2' }), [theBuild(loaded)], aNode({ name: 'node-2' })).actions).toEqual([]);
  });
});

describe('a Pod with many problems', () => {
  const names = Array.from({ length: 60 }, (_, index) => `c${String(index).padStart(2, '0')}`.padEnd(63, 'x'));

  it('is told of a handful, and how many more there are', () => {
    const annotations = Object.fromEntries(names.map((name) => [`${podAnnotation.flakeUrl}.${name}`, '']));
    const { events = [] } = decide(aPod({ annotations }));
    expect(events).toHaveLength(5);
    expect(events.at(-1)?.message).toBe('and 56 more problems of this Pod; they are told when these are mended');
  });

  it('is told of what a container waits for before annotations that say nothing', () => {
    const stray = names.map((name) => [`${podAnnotation.flakeUrl}.${name}`, '']);
    const annotations = { [podAnnotation.flakeUrl]: 'path:/x', ...Object.fromEntries(stray) };
    expect(decide(aPod({ annotations })).events?.[0]).toMatchObject({ reason: 'InvalidFlakeReference' });
  });

  it('has messages that are short, however many containers it has', () => {
    const containers = names.map((name) => aContainer({ name, image: `git.example/${name}:1` }));
    const annotations = { [podAnnotation.flakeUrl]: flake, [`${podAnnotation.secretName}.nobody`]: '' };
    const { events = [] } = decide(aPod({ annotations, containers }));
    expect(events.map(({ reason }) => reason)).toEqual(['AmbiguousImage', 'UnknownAnnotation']);
    for (const { message } of events) expect(message).toMatch(/^.{100,1500} and 55 more/);
  });

  it('that is too large is told so once, and nothing is built for it', () => {
    const plan = decide({ ...aPod(), tooLarge: '800 containers' });
    expect(plan.actions).toEqual([]);
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'TooLarge' }]);
    expect(plan.events?.[0]?.message).toContain('ignores this Pod: it has 800 containers');
  });
});

describe('what the API server refuses', () => {
  const two = aPod({
    containers: [aContainer(), aContainer({ name: 'side', image: 'git.example/demo/side:1.0' })],
    annotations: { [podAnnotation.flakeUrl]: flake, [`${podAnnotation.flakeUrl}.side`]: flake },
  });
  const made = decide(two).actions.map((action) => (action.type === 'create' ? action.manifest.metadata.name : ''));
  const refusal = {
    verb: 'create',
    ref: { apiVersion: 'enbi.hrzn.ee/v1alpha1', kind: 'NixBuild', namespace: 'team', name: made[0] ?? '' },
    reason: 'Forbidden',
    message: 'exceeded quota: count/nixbuilds',
    times: 1,
    againInMs: 10_000,
  } as const;
  const decideRefused = (pod: PodView, refusals: readonly Refusal[], builds: readonly NixBuild[] = []) =>
    decidePod(aSeenPod({ pod, builds, refusals }));

  it('is told on the Pod, and costs its other image nothing', () => {
    const plan = decideRefused(two, [refusal]);
    expect(plan.actions).toMatchObject([{ type: 'create', manifest: { metadata: { name: made[1] } } }]);
    expect(plan.recheckAfterMs).toBe(10_000);
    const message = `the API server refuses to create NixBuild team/${made[0] ?? ''}: exceeded quota: count/nixbuilds`;
    expect(plan.events).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'RefusedByCluster', message }),
    );
  });

  it('is told when it is the annotation that wakes the Pod', () => {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'hello-1' };
    const plan = decideRefused(
      aPod(),
      [{ ...refusal, verb: 'patch', ref }],
      [theBuild({ status: 'Succeeded', nodes: ['node-1'] })],
    );
    expect(plan).toMatchObject({ because: 'WriteWasRefused', actions: [], events: [{ reason: 'RefusedByCluster' }] });
  });

  it.each(['RefusedByCluster', 'NameTaken', 'SecretNotFound', 'EnbiImageMissing'] as const)(
    'of a build is told too: %s',
    (reason) => {
      const ready = { type: 'Ready', status: 'False', reason, message: 'why', lastTransitionTime: '' } as const;
      const plan = decide(aPod(), [theBuild({ status: 'Building', conditions: [ready] })]);
      expect(plan.events).toMatchObject([{ type: 'Warning', reason, message: 'NixBuild hello-1-0-abc waits: why' }]);
    },
  );

  test.each<[Reason, number]>([
    ['PodRefused', 1],
    ['RefusedByCluster', 1],
    ['NameTaken', 1],
    ['NetworkUnreachable', 0],
    ['PodLost', 0],
  ])('of the last attempt of a build is told while the next one is waited for: %s', (reason, times) => {
    const failure = { stage: 'Build' as const, reason, message: 'exceeded quota: small' };
    const ready = { type: 'Ready', status: 'False', reason: 'Retrying', message: '', lastTransitionTime: '' } as const;
    const soon: NixBuildStatus = { status: 'Pending', attempts: 1, nextAttemptTime: '2026-11-23T12:01:00Z' };
    const plan = decide(aPod(), [theBuild({ ...soon, conditions: [ready], failure })]);
    const message = 'NixBuild hello-1-0-abc waits: exceeded quota: small';
    expect(plan.events).toEqual(Array(times).fill(expect.objectContaining({ type: 'Warning', reason, message })));
  });

  test.each<[Reason, number]>([
    ['NetworkUnreachable', 1],
    ['FetchFailed', 1],
    ['DiskFull', 1],
    ['OutOfMemory', 1],
    ['PodLost', 0],
    ['JobDeleted', 0],
  ])('of a second attempt that came to the same as the first is told: %s', (reason, times) => {
    const failure = { stage: 'Fetch' as const, reason, message: 'no such host' };
    const told = (attempts: number) => decide(aPod(), [theBuild({ status: 'Pending', attempts, failure })]).events;
    const message = 'NixBuild hello-1-0-abc failed more than once and is tried again: no such host';
    expect(told(2)).toEqual(Array(times).fill(expect.objectContaining({ type: 'Warning', reason, message })));
    expect(told(3)).toEqual(told(2));
  });
});
