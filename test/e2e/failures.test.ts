import { beforeAll, test } from 'vitest';
import { podAnnotation } from '../../src/api/labels.ts';
import type { BuildFailure } from '../../src/api/nix-build.ts';
import type { NixBuild } from '../support/objects.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aPod, aPrivateServer } from './support/manifests.ts';

const cluster = await clusterUnderTest();
const git = cluster.flakeAt('trouble', '1.0.0').split('?')[0];
const version = '?ref=refs/tags/1.0.0';

type Failure = Pick<BuildFailure, 'stage' | 'reason'> & {
  readonly message: RegExp;
  readonly derivation?: string;
  readonly logTail?: string;
};
type Situation = readonly [what: string, name: string, flake: { flakeUrl: string; packageName?: string }, Failure];

const trouble = (packageName: string) => ({ flakeUrl: `${git}${version}`, packageName });

const situations: readonly Situation[] = [
  [
    'a builder that fails',
    'failing',
    trouble('failing'),
    {
      stage: 'Build',
      reason: 'BuilderFailed',
      message: /exit code 3/,
      derivation: '-failing.drv',
      logTail: 'the reason',
    },
  ],
  [
    'an expression that is wrong, with its file and line',
    'mistaken',
    trouble('mistaken'),
    {
      stage: 'Build',
      reason: 'EvaluationFailed',
      message: /cannot add a string to an integer \(at flake\.nix:\d+:\d+\)/,
    },
  ],
  [
    'a package that is not there, with the near ones',
    'mistyped',
    trouble('faling'),
    { stage: 'Build', reason: 'AttributeNotFound', message: /has no "faling"; nearest: failing/ },
  ],
  [
    'a package that is no image',
    'program',
    trouble('program'),
    { stage: 'Import', reason: 'NotAnImage', message: /image/ },
  ],
  [
    'an image for another architecture',
    'foreign',
    trouble('foreign'),
    { stage: 'Import', reason: 'PlatformMismatch', message: /for linux\/arm64, the build is for x86_64-linux/ },
  ],
  [
    'a repository that is not there',
    'nowhere',
    { flakeUrl: `${git}s${version}` },
    { stage: 'Fetch', reason: 'FlakeNotFound', message: /no such repository/ },
  ],
  [
    'a tag that is not there',
    'untagged',
    { flakeUrl: `${git}?ref=refs/tags/{tag}` },
    { stage: 'Fetch', reason: 'FlakeNotFound', message: /no ref refs\/tags\/9\.9\.9/ },
  ],
  [
    'a commit that is not there',
    'no-commit',
    { flakeUrl: `${git}?rev=${'0123456789'.repeat(4)}` },
    { stage: 'Fetch', reason: 'FlakeNotFound', message: /no commit 0123456789/ },
  ],
];

const tenant = await cluster.tenantOfFile('failures');

const image = (name: string) => tenant.image(name, '9.9.9');

// All at once: each waits more than it works.
beforeAll(async () => {
  await tenant.apply(
    ...situations.map(([, name, flake]) => aPod({ name, image: image(name), ...flake })),
    aPod({ name: 'unreachable', image: image('unreachable'), flakeUrl: 'git+http://127.0.0.1:9/flake' }),
    aPod({ name: 'good', image: image('good'), flakeUrl: cluster.flakeAt('hello', '1.0.0') }),
    aPod({
      name: 'secretless',
      image: image('secretless'),
      ...trouble('hello'),
      annotations: { [podAnnotation.secretName]: 'nosuch' },
    }),
    aPrivateServer('forge', cluster.enbiImage),
  );
});

test.concurrent.for(situations)('%s', async ([, name, { packageName = 'default' }, expected], { expect }) => {
  const build = await tenant.failed(image(name));
  const { status } = build;
  const { stage, reason, message } = expected;
  expect(status.failure).toMatchObject({ stage, reason, message: expect.stringMatching(message) });
  expect(status.failure.derivation ?? '').toContain(expected.derivation ?? '');
  expect(status.failure.logTail ?? '').toContain(expected.logTail ?? '');
  if (stage === 'Import') expect(status.failure.reproduce).toBeUndefined();
  else expect(status.failure.reproduce).toMatch(/^nix build --print-build-logs 'git:/);
  if (stage === 'Build') expect(status.failure.reproduce).toMatch(`rev=`);
  expect(status.failure.reproduce ?? packageName).toContain(packageName);

  // As kstatus reads it: failed for good.
  const conditions = Object.fromEntries((status.conditions ?? []).map((condition) => [condition.type, condition]));
  expect(conditions).toMatchObject({ Ready: { status: 'False', reason }, Stalled: { status: 'True', reason } });
  expect(conditions).not.toHaveProperty('Reconciling');
  expect(await tenant.kubectl(['get', 'nb', '--output=wide'])).toMatch(new RegExp(`${name}.* Failed .* ${reason} `));

  const told = await tenant.waitFor('the Pod is told', async () =>
    (await tenant.events('Pod', name)).find((event) => event.reason === 'BuildFailed'),
  );
  expect(told).toMatchObject({ type: 'Warning', message: expect.stringContaining(`${reason} at stage ${stage}`) });
  await kept(build);
  // What a flake does wrong is not tried again by itself; what may be pushed in a minute is.
  expect(status).toMatchObject({ attempts: 1 });
  expect(status.nextAttemptTime === undefined).toBe(reason !== 'FlakeNotFound');
});

test.concurrent('a flake that needs credentials, and where to put them', async ({ expect }) => {
  const address = await tenant.waitFor('the forge runs', async () =>
    (await tenant.ready('forge')).map(({ status }) => status.podIP).find((ip) => ip !== ''),
  );
  const flakeUrl = `git+http://${address}:8080/private`;
  await tenant.apply(aPod({ name: 'private', image: image('private'), flakeUrl }));
  const build = await tenant.failed(image('private'));
  const { status } = build;
  expect(status.failure).toMatchObject({
    stage: 'Fetch',
    reason: 'FetchFailed',
    message: expect.stringMatching(/no access to the flake: .* annotation enbi\.hrzn\.ee\/nixbuild-secretName/),
  });
  await kept(build);

  // Whoever then names a Secret is not held to the NixBuild that was made without: it is made anew, and the server lets it in.
  const annotations = { [podAnnotation.secretName]: 'forge' };
  const netrc = `machine ${address} login enbi password secret\n`;
  await tenant.apply(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'forge' }, stringData: { netrc } },
    aPod({ name: 'private-again', image: image('private'), flakeUrl, annotations }),
  );
  const anew = await tenant.waitFor('it is fetched with the Secret', async () =>
    (await tenant.builds()).find(
      ({ metadata, spec, status: { failure } }) =>
        spec.imageTag === image('private') &&
        metadata.annotations[podAnnotation.secretName] === 'forge' &&
        failure !== undefined,
    ),
  );
  expect(anew.status.failure).toMatchObject({ stage: 'Fetch', reason: 'FlakeNotFound' });
});

test.concurrent('a host that cannot be reached is tried again by itself', async ({ expect }) => {
  const { status } = await tenant.waitFor('the first attempt fails', async () =>
    (await tenant.builds()).find(
      (build) => build.spec.imageTag === image('unreachable') && build.status.nextAttemptTime !== undefined,
    ),
  );
  expect(status).toMatchObject({
    status: 'Pending',
    attempts: 1,
    failure: { stage: 'Fetch', reason: 'NetworkUnreachable', message: expect.stringContaining('127.0.0.1') },
  });
  expect(status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Reconciling', status: 'True', reason: 'Retrying' }),
  );
  const again = await tenant.waitFor('the next attempt begins', async () =>
    (await tenant.builds()).find(
      (build) => build.spec.imageTag === image('unreachable') && (build.status.attempts ?? 0) > 1,
    ),
  );
  // Not before its time, which the status told.
  const begun = Date.parse(again.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(status.nextAttemptTime ?? ''));
  expect(begun).toBeGreaterThan(0);

  // Whoever gives it up is left nothing to clear away, not even of the attempts that failed.
  const jobs = async () => (await tenant.jobs()).filter(({ metadata }) => metadata.name.startsWith('unreachable-'));
  expect(await jobs()).not.toEqual([]);
  await tenant.kubectl(['annotate', 'nixbuild', again.metadata.name, 'enbi.hrzn.ee/cancel=now']);
  await tenant.waitFor('its Jobs are gone', async () => ((await jobs()).length === 0 ? true : undefined));
});

test.concurrent('a Secret that does not exist is named, wherever one looks', async ({ expect }) => {
  const waiting = await tenant.waitFor('it is told', async () =>
    (await tenant.builds()).find(
      ({ spec, status }) => spec.imageTag === image('secretless') && status.progress?.startsWith('Secret ') === true,
    ),
  );
  const message = expect.stringContaining(`Secret ${tenant.namespace}/nosuch does not exist. Create it`);
  expect(waiting.status.conditions).toContainEqual(expect.objectContaining({ reason: 'SecretNotFound', message }));
  for (const [kind, name] of [
    ['NixBuild', waiting.metadata.name],
    ['Pod', 'secretless'],
  ] as const) {
    await tenant.waitFor(`${kind} ${name} is told`, async () =>
      (await tenant.events(kind, name)).find(({ reason }) => reason === 'SecretNotFound'),
    );
  }
});

test.concurrent('none of them keeps another build from its end', async () => {
  await tenant.ready('good');
});

test('a failed build is tried again when it is asked for, and only then', async ({ expect }) => {
  const before = await tenant.failed(image('failing'));
  expect(before.status.attempts).toBe(1);
  await tenant.kubectl(['annotate', 'nixbuild', before.metadata.name, 'enbi.hrzn.ee/retry=now']);
  const after = await tenant.waitFor('the second attempt fails', async () => {
    const build = await tenant.failed(image('failing'));
    return build.status.attempts === 2 ? build : undefined;
  });
  expect(after.status.failure).toEqual(before.status.failure);
  expect(after.status.buildJobName).not.toBe(before.status.buildJobName);
});

/** What the stage that failed wrote is there: in the log of the build's Job, or of the agent that did the import. */
async function kept({ metadata, status }: NixBuild): Promise<void> {
  const { failure, buildJobName = '', importJobName = '', attempts } = status;
  const [namespace, job, container, order] =
    failure?.stage === 'Import'
      ? ['enbi', importJobName, 'agent', `${metadata.uid}-${attempts}: `]
      : [tenant.namespace, buildJobName, failure?.stage.toLowerCase(), ''];
  await tenant.waitFor(
    `the log of ${job}`,
    async () => {
      const log = await cluster.kubectl(['--namespace', namespace, 'logs', `job/${job}`, `--container=${container}`]);
      return log.includes(`[enbi] ${order}${failure?.reason}: `) ? log : undefined;
    },
    60,
  );
}
