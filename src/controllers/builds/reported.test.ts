import { beforeEach, describe, expect, it } from 'vitest';
import { aBuild, noon, someSettings } from '../../../test/support/builders.ts';
import { apiVersion, label, manager, ordersAnnotation } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { OrderReport } from '../../api/order-report.ts';
import type { Report } from '../../api/report.ts';
import { agentName, agentVersion } from '../../cluster-view/agent.ts';
import { nameDigest } from '../../cluster-view/name-digest.ts';
import { storeName } from '../../cluster-view/names.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { FakeOrderReports } from '../../mailbox/fake-order-reports.ts';
import { FakeReports } from '../../mailbox/fake-reports.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import type { Plan } from '../../runtime/plan.ts';
import { targetOf } from '../../runtime/print-plan.ts';
import { Admission } from './admission.ts';
import { NameClaims } from './name-claims.ts';
import { jobName, orderId } from './names.ts';
import { reconcileBuild } from './reconcile.ts';

// What a container reports while it runs, from the log to the plan.
const outPath = `/nix/store/${'a'.repeat(32)}-image.tar`;
const built = {
  ok: true,
  drvPath: `${outPath}.drv`,
  outPath,
  format: 'archive',
  derivationsBuilt: 1,
  pathsCopied: 0,
  bytesCopied: 0,
  storeSizeBytes: 1,
  storeFreeBytes: 1,
};
const imported = {
  ok: true,
  imageDigest: `sha256:${'0'.repeat(64)}`,
  imageSize: 1,
  layers: 1,
  layersSent: 1,
  bytesSent: 1,
};
const lockedUrl = `git+https://git.example/hello?ref=refs/tags/1.0&rev=${'a'.repeat(40)}`;
const failed = { ok: false, reason: 'BuilderFailed', retry: false, message: 'no' };

const common = { buildNode: 'node-1', storeName: storeName('node-1', 'team'), attempts: 2 };
const building: NixBuildStatus = { ...common, status: 'Building', isolation: 'Unprivileged', lockedUrl };
const importing: NixBuildStatus = {
  ...common,
  status: 'Importing',
  outPath,
  outFormat: 'archive',
  stageTimes: { importStarted: noon.toISOString() },
};
const succeeded: NixBuildStatus = {
  ...importing,
  status: 'Succeeded',
  nodes: ['node-1'],
  stageTimes: { importFinished: noon.toISOString() },
};

const settings = someSettings();
let stores: Stores;
let reports: FakeReports;
let agents: FakeOrderReports;
let version = 1;

beforeEach(() => {
  stores = createStores();
  reports = new FakeReports();
  agents = new FakeOrderReports();
  for (const store of Object.values(stores)) store.replace([], '0');
  const nodeInfo = { architecture: 'amd64', operatingSystem: 'linux', containerRuntimeVersion: 'containerd://2.4.2' };
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: noon.toISOString() }];
  stores.nodes.observeWrite({ metadata: meta('node-1'), spec: {}, status: { nodeInfo, conditions } });
  stores.namespaces.observeWrite({ metadata: meta('team') });
});

const meta = (name: string, namespace?: string) => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: String(++version),
  creationTimestamp: noon.toISOString(),
  ...(namespace === undefined ? {} : { namespace }),
});

type State = 'runs' | 'waits' | 'ended';
const states = {
  runs: { running: {} },
  waits: { waiting: { reason: 'PodInitializing' } },
  ended: { terminated: { exitCode: 0, reason: 'Completed', message: JSON.stringify({ ok: true, lockedUrl }) } },
};

function put(containers: Readonly<Record<string, State>>, attempts = 2): void {
  const { metadata } = aBuild();
  const labels = { [label.managedBy]: manager, [label.buildUid]: metadata.uid };
  const annotations = { [label.buildNamespace]: 'team', [label.buildName]: metadata.name };
  const owner = { apiVersion, kind: 'NixBuild', name: metadata.name, uid: metadata.uid, controller: true };
  const name = jobName(aBuild({ status: { attempts } }));
  putJob({ ...meta(name, 'team'), labels, annotations, ownerReferences: [owner] }, containers);
}

const agent = agentName({ metadata: meta('node-1') }, agentVersion(settings));

function putAgent(state: object = { running: {} }, name = agent, told: readonly string[] = []): void {
  const labels = { [label.managedBy]: manager, [label.agentOf]: meta('node-1').uid };
  const orders = JSON.stringify({ ask: '', orders: told.map((id) => ({ id })) });
  const annotations = { [label.agentNode]: 'node-1', [ordersAnnotation]: orders };
  putJob({ ...meta(name, 'enbi'), labels, annotations }, { agent: state });
}

function rawJobOf(name: string): object {
  const labels = { [label.managedBy]: manager, [label.agentOf]: meta('node-1').uid };
  return { metadata: { ...meta(name, 'enbi'), labels, annotations: { [label.agentNode]: 'node-1' } }, spec: {} };
}

type Made = ReturnType<typeof meta> & {
  readonly labels: object;
  readonly annotations: object;
  readonly ownerReferences?: readonly object[];
};

function putJob(job: Made, containers: Readonly<Record<string, State | object>>): void {
  const { name, namespace, labels, annotations } = job;
  stores.jobs.observeWrite({ metadata: job, spec: {}, status: { active: 1 } });
  const made = { apiVersion: 'batch/v1', kind: 'Job', name, uid: job.uid, controller: true };
  const entries = Object.entries(containers);
  stores.jobPods.observeWrite({
    metadata: { ...meta(`${name}-0`, namespace), labels, annotations, ownerReferences: [made] },
    spec: { nodeName: 'node-1', containers: entries.map(([container]) => ({ name: container, image: 'enbi' })) },
    status: {
      phase: 'Running',
      containerStatuses: entries.map(([container, state]) => ({
        name: container,
        state: typeof state === 'string' ? states[state] : state,
      })),
    },
  });
}

function hearAgent(state: OrderReport['state'], more: object = {}, attempts = 2): void {
  agents.hear({ order: orderId(aBuild({ status: { attempts } })), state, ...more });
}

function hear(step: Report['step'], result: object, attempts = 2): void {
  reports.hear(step, { report: { step, order: orderId(aBuild({ status: { attempts } })), result } });
}

async function planFor(status: NixBuildStatus): Promise<Plan> {
  const names = {
    buildJobName: jobName(aBuild({ status })),
    importJobName: agent,
  };
  const { metadata, spec } = aBuild();
  stores.builds.observeWrite({
    metadata: { ...metadata, resourceVersion: String(++version) },
    spec,
    status: { ...names, ...status },
  });
  const clock = new FakeClock(noon.toISOString());
  const plan = await reconcileBuild('team/hello-1-0-abc', [], {
    stores,
    settings,
    admission: new Admission(stores, settings, { clock, look: () => undefined }),
    names: new NameClaims(stores),
    clock,
    reports,
    orderReports: agents,
    agentRefusals: () => [],
    builderRefusals: () => [],
    readTrouble: () => Promise.resolve(''),
  });
  return plan ?? { because: 'nothing', actions: [] };
}

function putStore(): void {
  stores.stores.observeWrite({
    metadata: meta(storeName('node-1', 'team')),
    spec: { node: 'node-1', tenant: 'team' },
    status: { ready: 'True', imageNames: [nameDigest('git.example/demo/hello:1.0')] },
  });
}

describe('what was reported', () => {
  beforeEach(putStore);

  it('of a build is imported before its container has ended', async () => {
    put({ fetch: 'ended', build: 'runs' });
    hear('build', built);
    const plan = await planFor(building);
    expect(plan).toMatchObject({ because: 'BuildSucceeded', status: { status: { status: 'Importing', outPath } } });
  });

  it('of a fetch is the version at once, and the build is listened to from then on', async () => {
    put({ fetch: 'runs', build: 'runs' });
    await planFor({ ...building, lockedUrl: undefined });
    expect(reports.asked).toEqual(['fetch']);
    hear('fetch', { ok: true, lockedUrl });
    const plan = await planFor({ ...building, lockedUrl: undefined });
    expect(plan).toMatchObject({ because: 'BuildRuns', status: { status: { lockedUrl, progress: 'building' } } });
    expect(reports.asked).toEqual(['fetch', 'fetch', 'build']);
  });

  it('of an import is a success while the agent lives on', async () => {
    putAgent();
    hearAgent('done', { result: imported });
    const plan = await planFor(importing);
    expect(plan).toMatchObject({ because: 'ImportSucceeded', status: { status: { status: 'Succeeded' } } });
  });

  it('of an import is its failure, too', async () => {
    putAgent();
    hearAgent('done', { result: { ...failed, reason: 'NotAnImage' } });
    expect((await planFor(importing)).because).toBe('NotAnImage');
  });

  it('of an import is read from what the agent ended with, where nobody heard it', async () => {
    const message = JSON.stringify({
      order: orderId(aBuild({ status: { attempts: 2 } })),
      state: 'done',
      result: imported,
    });
    putAgent({ terminated: { exitCode: 0, reason: 'Completed', message } });
    expect((await planFor(importing)).because).toBe('ImportSucceeded');
  });

  it('of another import counts for none', async () => {
    putAgent();
    hearAgent('done', { result: imported }, 1);
    const message = JSON.stringify({ order: 'another', state: 'done', result: imported });
    expect((await planFor(importing)).because).toBe('ImportRuns');
    putAgent({ terminated: { exitCode: 0, reason: 'Completed', message } });
    expect((await planFor(importing)).because).toBe('ImportRuns');
  });

  it('of an import is how far it is', async () => {
    putAgent();
    hearAgent('running', { progress: '2 of 3 layers' });
    expect((await planFor(importing)).status?.status).toMatchObject({ progress: '2 of 3 layers' });
  });

  it('is waited for from the agent that was told, though it is of another enbi', async () => {
    putAgent({ running: {} }, 'enbi-agent-before', [orderId(aBuild({ status: { attempts: 2 } }))]);
    putAgent();
    expect((await planFor({ ...importing, importJobName: 'enbi-agent-before' })).because).toBe('ImportRuns');
  });

  it.each<[string, () => void]>([
    ['is gone', () => undefined],
    ['is of another enbi and was never told', () => putAgent({ running: {} }, 'enbi-agent-before', ['another'])],
    [
      'has ended without a word',
      () => {
        const ended = { exitCode: 137, reason: 'Error', message: '' };
        putAgent({ terminated: ended }, 'enbi-agent-before', [orderId(aBuild({ status: { attempts: 2 } }))]);
        stores.jobs.observeWrite({
          ...rawJobOf('enbi-agent-before'),
          status: { conditions: [{ type: 'Failed', status: 'True' }] },
        });
      },
    ],
  ])('is waited for from the agent of this enbi where the one that was noted %s', async (_, given) => {
    given();
    const plan = await planFor({ ...importing, importJobName: 'enbi-agent-before' });
    expect(plan).toMatchObject({ because: 'ImportUnrecorded', status: { status: { importJobName: agent } } });
  });

  it.each<[string, object, number]>([
    ['a failure', failed, 2],
    ['a success of the attempt before', built, 1],
    ['a success that fits no schema', { ...built, outPath: '/etc' }, 2],
  ])('is waited for: %s', async (_, result, attempt) => {
    put({ fetch: 'ended', build: 'runs' });
    hear('build', result, attempt);
    expect((await planFor(building)).because).toBe('BuildRuns');
  });

  it('is asked of no Job but that of the current attempt', async () => {
    put({ fetch: 'ended', build: 'runs' }, 1);
    hear('build', built, 1);
    const plan = await planFor(building);
    expect([plan.because, reports.asked]).toEqual(['OldJobsRun', []]);
  });
});

describe('the Jobs of what succeeded by a report', () => {
  it('go at once, and the agent stays', async () => {
    put({ fetch: 'ended', build: 'runs' });
    putAgent();
    const { because, actions } = await planFor(succeeded);
    expect([because, actions.map((action) => targetOf(action).name)]).toEqual([
      'JobsAreLeft',
      [jobName(aBuild({ status: { attempts: 2 } }))],
    ]);
  });

  it('run beside no other: what is built again ends them first', async () => {
    put({ fetch: 'ended', build: 'runs' });
    const { buildNode: _, ...placeless } = succeeded;
    expect((await planFor({ ...placeless, status: 'Pending', nodes: [] })).because).toBe('OldJobsRun');
  });
});
