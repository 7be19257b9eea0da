import { describe, expect, test } from 'vitest';
import { jobName } from '../../src/cluster-view/names.ts';
import { projectNixBuild } from '../../src/cluster-view/objects.ts';
import { lineOf, narrate } from './narrate.ts';
import { type Change, observe, type Seen } from './observed.ts';

const spec = {
  flakeUrl: 'git://10.96.0.9/hello?ref=refs/tags/1.0',
  packageName: 'default',
  system: 'x86_64-linux',
  imageTag: 'git.example/demo/hello:1.0',
};

function aPod(change: { waiting?: string; ready?: true; woken?: string; app?: string; going?: true } = {}): object {
  const { waiting, ready, woken, app = 'hello', going } = change;
  return {
    kind: 'Pod',
    metadata: {
      name: `${app}-5d8f-x2x4z`,
      uid: 'pod',
      labels: { 'app.kubernetes.io/name': app },
      ...(woken && { annotations: { 'enbi.hrzn.ee/woken-at': woken } }),
      ...(going && { deletionTimestamp: '2026-11-23T08:00:00Z' }),
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'hello', image: spec.imageTag }] },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'hello', state: waiting ? { waiting: { reason: waiting } } : { running: {} } }],
    },
  };
}

function aBuild(status: object = {}, annotations: object = {}): object {
  return { kind: 'NixBuild', metadata: { name: 'hello-1-0-abc', uid: 'build', annotations }, spec, status };
}

function aJob(component: string, build: string): object {
  const annotations = build === '' ? {} : { 'enbi.hrzn.ee/build-name': build };
  const labels = { 'app.kubernetes.io/component': component, 'enbi.hrzn.ee/store': 's-1' };
  return { kind: 'Job', metadata: { name: 'job', uid: 'job', namespace: 'enbi', labels, annotations } };
}

function anAgent(): object {
  const annotations = { 'enbi.hrzn.ee/agent-node': 'node-1' };
  const labels = { 'app.kubernetes.io/component': 'agent' };
  return { kind: 'Job', metadata: { name: 'job', uid: 'job', namespace: 'enbi', labels, annotations } };
}

function anEvent(change: object = {}): object {
  return {
    kind: 'Event',
    metadata: { name: 'event', uid: 'event' },
    involvedObject: { kind: 'Pod', name: 'broken-1' },
    type: 'Warning',
    reason: 'BuildFailed',
    message: 'it cannot be built\nand more',
    reportingComponent: 'enbi',
    ...change,
  };
}

/** As enbi names it. */
const itsJob = jobName(projectNixBuild(aBuild()) ?? expect.unreachable());

function told(before: object | undefined, after: object | undefined): string[] {
  const seen = (object: object | undefined): Seen | undefined => (object === undefined ? undefined : observe(object));
  const [was, is] = [seen(before), seen(after)];
  const change: Change = { ...(was && { before: was }), ...(is && { after: is }), at: 5400, firstSeenAt: 1200 };
  return narrate(change).map(({ about, text }) => `${about}: ${text}`);
}

const pod = 'Pod hello-5d8f-x2x4z';
const build = 'NixBuild hello-1-0-abc';

describe('what is told', () => {
  test.each<[string, object | undefined, object | undefined, string[]]>([
    ['nothing of a Pod that was just made', undefined, aPod({ waiting: 'ContainerCreating' }), []],
    [
      'a Pod whose image is missing',
      aPod({ waiting: 'ContainerCreating' }),
      aPod({ waiting: 'ErrImagePull' }),
      [`${pod}: waits: git.example/demo/hello:1.0 is on no node (ErrImagePull)`],
    ],
    [
      'once, though the reason alternates',
      aPod({ waiting: 'ErrImagePull' }),
      aPod({ waiting: 'ImagePullBackOff' }),
      [],
    ],
    ['a Pod that is woken', aPod({ waiting: 'ErrImagePull' }), aPod({ woken: 'x' }), [`${pod}: is woken`]],
    ['a Pod that is Ready, with its age', aPod(), aPod({ ready: true }), [`${pod}: is Ready after 4.2 s`]],
    ['a Pod that goes', aPod({ ready: true }), aPod({ ready: true, going: true }), [`${pod}: is asked to stop`]],
    ['a Pod that is gone', aPod({ going: true }), undefined, [`${pod}: is gone`]],
    ['nothing of other Pods', undefined, aPod({ app: 'client', ready: true }), []],
    [
      'a new NixBuild',
      undefined,
      aBuild(),
      [`${build}: created: default of git://10.96.0.9/hello?ref=refs/tags/1.0 for x86_64-linux`],
    ],
    [
      'a NixBuild of a new tag, which nobody misses yet',
      undefined,
      aBuild({}, { 'enbi.hrzn.ee/ahead': 'true' }),
      [
        `${build}: created, before the image is missed: default of git://10.96.0.9/hello?ref=refs/tags/1.0 for x86_64-linux`,
      ],
    ],
    [
      'its node and its Job',
      aBuild(),
      aBuild({ buildNode: 'node-1', buildJobName: itsJob, isolation: 'Unprivileged' }),
      [`${build}: node node-1 is chosen`, `${build}: build Job created (Unprivileged)`],
    ],
    [
      'a Job that was there, and no other',
      aBuild(),
      aBuild({ buildJobName: 'hello-0-9-build-1', isolation: 'Unprivileged' }),
      [`${build}: taken by build Job hello-0-9-build-1, which has built before`],
    ],
    ['not its progress: that is the line below', aBuild(), aBuild({ progress: 'building 1 of 3' }), []],
    [
      'what was built',
      aBuild({ status: 'Building' }),
      aBuild({ status: 'Importing', outPath: '/nix/store/x', built: { derivations: 1, pathsCopied: 2 } }),
      [`${build}: built /nix/store/x\n${' '.repeat(35)}1 derivation built, 2 paths fetched`],
    ],
    [
      'a failure',
      aBuild({ status: 'Building' }),
      aBuild({ status: 'Failed', failure: { stage: 'Build', reason: 'BuilderFailed', message: 'no' } }),
      [`${build}: failed at stage Build: BuilderFailed: no`],
    ],
    ['an agent', undefined, anAgent(), ['Node node-1: agent Job created in namespace enbi']],
    ['not a build Job: its NixBuild tells', undefined, aJob('build', 'hello-1-0-abc'), []],
    ['a Job that is removed', aJob('build', 'hello-1-0-abc'), undefined, [`${build}: build Job removed`]],
    ['a Job for a store', undefined, aJob('prepare', ''), ['NixStore s-1: prepare Job created in namespace enbi']],
    ["enbi's warning to a Pod", undefined, anEvent(), ['Pod broken-1: event BuildFailed: it cannot be built']],
    ['not its good news, which show elsewhere', undefined, anEvent({ type: 'Normal' }), []],
    ['not what others say', undefined, anEvent({ reportingComponent: 'kubelet' }), []],
  ])('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  test('as a line, subjects in a column', () => {
    expect(lineOf({ about: 'Pod a', text: 'is woken', tone: 'plain' })).toBe(`${'Pod a'.padEnd(35)}is woken`);
  });
});
