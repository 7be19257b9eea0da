import { afterAll, beforeAll, expect, test } from 'vitest';
import { podAnnotation } from '../../../src/api/labels.ts';
import { reconfigure, startControllers, stopControllers } from '../../support/controller.ts';
import { listOf, NixBuild, waitingContainers } from '../../support/objects.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { aPod, confined, podTemplate, type Workload } from '../support/manifests.ts';

const cluster = await clusterUnderTest();
const flakeUrl = cluster.flake('hello');

const tenant = await cluster.tenantOfFile('triggers');

/** What has ended is not kept, unless a Pod needs it. */
const limits = ['ENBI_SUCCESS_HISTORY_LIMIT', 'ENBI_FAILURE_HISTORY_LIMIT'];

// All of it is there, and the kubelet has given up pulling for now, before there is an enbi that could see it happen.
beforeAll(async () => {
  await stopControllers(
    cluster.kubectl,
    limits.map((limit) => `${limit}=0`),
  );
  await tenant.apply(...kinds(), ...refused().map(([, , manifest]) => manifest));
  await tenant.kubectl(['create', 'job', 'by-hand', '--from=cronjob/cron']);
  await debug('debugged', tenant.image('debugger', '1.0.0'));
  await tenant.waitFor('the kubelet backs off', async () => {
    const pod = (await tenant.pods()).find(({ metadata }) => metadata.name === 'bare');
    return pod !== undefined && waitingContainers(pod).join().includes('ImagePullBackOff') ? true : undefined;
  });
  await startControllers(cluster.kubectl);
});

afterAll(async () => {
  await reconfigure(
    cluster.kubectl,
    limits.map((limit) => `${limit}-`),
  );
});

async function debug(pod: string, image: string): Promise<void> {
  const see = ['--', '/bin/cat', '/www/version'];
  await tenant.kubectl(['debug', pod, `--image=${image}`, '--container=debugger', '--profile=restricted', ...see]);
}

/** Each kind of workload has an image of its own; they are one flake, so all but the first are quickly built. */
function workload(name: string, pod: object = {}): Workload {
  const image = tenant.image(name, '1.0.0');
  return { name, image, flakeUrl, pod };
}

const once = (name: string) => ({
  restartPolicy: 'Never',
  containers: [{ name, image: tenant.image(name, '1.0.0'), command: ['/bin/cat', '/www/version'], ...confined }],
});

function kinds(): object[] {
  const selector = (name: string) => ({ matchLabels: { app: name } });
  const never = { name: 'never', image: tenant.image('never', '1.0.0'), imagePullPolicy: 'Never', ...confined };
  const onNode = { nodeSelector: { 'kubernetes.io/hostname': cluster.node } };
  const job = { spec: { template: podTemplate(workload('job', once('job'))) } };
  const cron = { spec: { template: podTemplate(workload('cron', once('cron'))) } };
  return [
    aPod(workload('bare')),
    aPod(workload('never', { containers: [never] })),
    apps('StatefulSet', 'stateful', {
      selector: selector('stateful'),
      serviceName: 'none',
      template: podTemplate(workload('stateful')),
    }),
    apps('DaemonSet', 'daemon', { selector: selector('daemon'), template: podTemplate(workload('daemon', onNode)) }),
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job' }, ...job },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'cron' },
      spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: cron },
    },
    aPod(ofVolume()),
    aPod(debugged()),
    aPod({ ...workload('broken'), flakeUrl: cluster.flake('trouble'), packageName: 'failing' }),
  ];
}

function apps(kind: string, name: string, spec: object): object {
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec };
}

const sleeping = (name: string) => ({
  name,
  image: cluster.enbiImage,
  command: ['busybox', 'sleep', '3600'],
  ...confined,
});

function ofVolume(): Workload {
  const reader = { ...sleeping('reader'), volumeMounts: [{ name: 'pages', mountPath: '/pages' }] };
  const pages = { name: 'pages', image: { reference: tenant.image('pages', '1.0.0') } };
  return {
    name: 'volume',
    image: '',
    annotations: { [`${podAnnotation.flakeUrl}.pages`]: flakeUrl },
    pod: { containers: [reader], volumes: [pages] },
  };
}

/** Runs what is there, and says beforehand what it will be looked into with. */
function debugged(): Workload {
  const annotations = { [podAnnotation.imageTag]: tenant.image('debugger', '1.0.0') };
  return { name: 'debugged', image: '', flakeUrl, annotations, pod: { containers: [sleeping('app')] } };
}

test.each(['bare', 'never', 'stateful', 'daemon'])('a Pod that had waited for its image runs: %s', async (name) => {
  await tenant.ready(name);
  expect((await tenant.succeeded(tenant.image(name, '1.0.0'))).status.attempts).toBe(1);
});

test('ErrImageNeverPull was what the one with policy Never waited with', async () => {
  const reasons = (await tenant.events('Pod', 'never')).map(({ reason }) => reason);
  expect(reasons).toContain('ErrImageNeverPull');
});

test('the image of a volume is built, and nothing for the container that mounts it', async () => {
  await tenant.ready('volume');
  expect(await tenant.kubectl(['exec', 'volume', '--', 'busybox', 'cat', '/pages/www/version'])).toBe('1.0.0\n');
  expect((await tenant.builds()).filter(({ spec }) => spec.imageTag === cluster.enbiImage)).toEqual([]);
});

test('the image of an ephemeral container is built', async () => {
  await tenant.waitFor('it has run', async () => {
    const pod = (await tenant.pods()).find(({ metadata }) => metadata.name === 'debugged');
    const statuses = pod?.status.ephemeralContainerStatuses ?? [];
    return statuses.some(({ state }) => state.terminated?.exitCode === 0) ? true : undefined;
  });
  expect(await tenant.kubectl(['logs', 'debugged', '--container=debugger'])).toBe('1.0.0\n');
});

test('Pods of Jobs and CronJobs run to their end, and their NixBuilds are then history', async () => {
  await tenant.kubectl(['wait', '--for=condition=Complete', '--timeout=120s', 'job/job', 'job/by-hand']);
  expect(await tenant.kubectl(['logs', 'job/job'])).toBe('1.0.0\n');
  // None of those that succeeded are to stay, but for those that Pods need.
  await tenant.waitFor('no Pod names their images any more', async () => {
    const images = (await tenant.builds()).map(({ spec }) => spec.imageTag);
    return ['job', 'cron'].some((name) => images.includes(tenant.image(name, '1.0.0'))) ? undefined : true;
  });
  const kept = listOf(NixBuild, await tenant.kubectl(['get', 'nixbuilds', '--output=json']));
  expect(kept.map(({ spec }) => spec.imageTag)).toContain(tenant.image('bare', '1.0.0'));
});

test('what failed is kept while a Pod names its image, and then goes with its Job', async () => {
  const { metadata } = await tenant.failed(tenant.image('broken', '1.0.0'));
  const jobs = async () => (await tenant.jobs()).filter((job) => job.metadata.name.startsWith(`${metadata.name}-`));
  expect(await jobs()).toHaveLength(1);
  await tenant.kubectl(['delete', 'pod', 'broken', '--wait=false']);
  await tenant.waitFor('the NixBuild and its Job are gone', async () => {
    const names = (await tenant.builds()).map(({ metadata: { name } }) => name);
    return names.includes(metadata.name) || (await jobs()).length > 0 ? undefined : true;
  });
});

/** Pods for which nothing is built, and what each is told. */
function refused(): (readonly [string, string, object, RegExp])[] {
  const image = tenant.image('refused', '1.0.0');
  const one = (name: string, container: object, given: Partial<Workload> = {}) =>
    aPod({ name, image, flakeUrl, ...given, pod: { containers: [{ name: 'web', image, ...confined, ...container }] } });
  const other = { name: 'side', image: tenant.image('side', '1.0.0'), ...confined };
  const two = aPod({ name: 'two', image, flakeUrl, pod: { containers: [{ name: 'web', image, ...confined }, other] } });
  const misspelt = aPod({ name: 'misspelt', image, annotations: { 'enbi.hrzn.ee/nixbuild-flakeurl': flakeUrl } });
  const misplaced = aPod({ name: 'misplaced', image, annotations: { [`${podAnnotation.flakeUrl}.wbe`]: flakeUrl } });
  return [
    ['always', 'ImageNeverLocal', one('always', { imagePullPolicy: 'Always' }), /IfNotPresent/],
    ['hostless', 'InvalidImageName', one('hostless', { image: 'hello:1.0.0' }), /host/],
    ['two', 'AmbiguousImage', two, /nixbuild-imageTag/],
    ['local', 'InvalidFlakeReference', one('local', {}, { flakeUrl: 'path:/etc' }), /path/],
    ['misspelt', 'UnknownAnnotation', misspelt, /write enbi.hrzn.ee\/nixbuild-flakeUrl/],
    ['misplaced', 'UnknownAnnotation', misplaced, /it has misplaced/],
    ['capital', 'BuildWouldNotHelp', one('capital', { image: 'registry.test/HELLO:1.0.0' }), /InvalidImageName/],
  ];
}

test('what cannot be followed is told on the Pod, once, and nothing is built for it', async () => {
  for (const [name, reason, , text] of refused()) {
    const told = async () =>
      (await tenant.events('Pod', name)).filter((event) => event.type === 'Warning' && event.reason === reason);
    await tenant.waitFor(`${name} is told ${reason}`, async () => (await told())[0]);
    // The kubelet has changed the Pod several times since enbi is there, and enbi looked at it each time.
    await tenant.kubectl(['annotate', '--overwrite', 'pod', name, 'enbi.hrzn.ee/woken-at=look']);
    expect(await told()).toMatchObject([{ count: 1, message: expect.stringMatching(text) }]);
  }
  const images = (await tenant.builds()).map(({ spec }) => spec.imageTag);
  expect(images.filter((image) => /refused|side|hello:|HELLO/.test(image))).toEqual([]);
});
