import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { someSettings } from '../../../test/support/builders.ts';
import { reasons } from '../../api/reasons.ts';
import { resource } from '../../cluster-view/resources.ts';
import { PolicyError } from '../../errors.ts';
import { MemoryCluster, runInMemory } from '../memory-plugin.ts';
import { reasonText } from './reason-text.ts';

const reasonsPage = readFileSync(new URL('../../../docs/reference/reasons.md', import.meta.url), 'utf8');
const image = 'git.example/demo/hello:1.0';
const flakeUrl = 'git+https://git.example/hello?ref=refs/tags/1.0';
const spec = { flakeUrl, packageName: 'default', system: 'x86_64-linux', imageTag: image };

function aCluster(status: object = {}): MemoryCluster {
  const cluster = new MemoryCluster();
  cluster.put(resource.namespaces, { metadata: { name: 'team' } });
  cluster.put(resource.nodes, {
    metadata: { name: 'node-1' },
    spec: { unschedulable: true },
    status: {
      nodeInfo: { architecture: 'amd64', containerRuntimeVersion: 'containerd://2.4.2', operatingSystem: 'linux' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
  cluster.put(resource.builds, { metadata: { name: 'hello', namespace: 'team', uid: 'u' }, spec, status });
  cluster.put(resource.pods, {
    metadata: {
      name: 'web-1',
      namespace: 'team',
      annotations: { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'git+https://git.example/hello?ref=refs/tags/{tag}' },
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image, imagePullPolicy: 'IfNotPresent' }] },
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ImagePullBackOff' } } }],
    },
  });
  return cluster;
}

const events = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
const failed = {
  status: 'Failed',
  attempts: 2,
  failure: {
    stage: 'Build',
    reason: 'BuilderFailed',
    message: 'it \u001b[31mfailed',
    logTail: 'one\ntwo',
    reproduce: "nix build 'x'",
  },
  conditions: [{ type: 'Ready', status: 'False', reason: 'BuilderFailed', message: 'it failed' }],
};
const options = { embedded: { reasonsPage }, settingsFrom: () => someSettings() };
const explain = (cluster: MemoryCluster, ...args: readonly string[]) =>
  runInMemory(['explain', ...args], { ...options, cluster });

describe('kubectl enbi explain', () => {
  it('says by which rule a NixBuild waits, and for what', async () => {
    const { code, out } = await explain(aCluster(), 'nb/hello');
    expect(code).toBe(0);
    expect(out).toContain('NixBuild team/hello: Pending\n');
    expect(out).toMatch(/^ {2}rule {8}NoNodeFits: /m);
    expect(out).toContain('controller  has not looked at it yet');
    expect(out).toContain('  waiting     Pods web-1\n');
  });

  it('says of a failure what its reason means, what to do, and how its log ended', async () => {
    const cluster = aCluster(failed);
    cluster.put(events, {
      metadata: { name: 'e', namespace: 'team' },
      involvedObject: { kind: 'NixBuild', name: 'hello' },
      type: 'Warning',
      reason: 'BuilderFailed',
      message: 'first\nsecond',
      lastTimestamp: '2026-11-23T12:00:00Z',
      count: 3,
    });
    const { out } = await explain(cluster, 'hello');
    expect(out).toContain('  reason      BuilderFailed: it failed\n              A derivation failed to build.');
    expect(out).toContain('  what to do  run the command in status.failure.reproduce.');
    expect(out).toContain('docs/reference/reasons.md#builderfailed');
    expect(out).toContain("  its log     one\n              two\n  reproduce   nix build 'x'\n");
    expect(out).toContain('  event       2026-11-23T12:00:00Z BuilderFailed (3 times): first\n              second\n');
  });

  it('says of a Pod why it waits, with the NixBuilds of its images', async () => {
    const { out } = await explain(aCluster(failed), 'pod', 'web-1');
    expect(out).toContain('Pod team/web-1: Pending\n');
    expect(out).toContain(
      'BuildFailed: warning event BuildFailed\n              The NixBuild for the image has failed',
    );
    expect(out).toContain('  web  waits: ImagePullBackOff  git.example/demo/hello:1.0\n');
    expect(out).toContain('\nNixBuild team/hello: Failed\n');
  });

  it('is one object for programs', async () => {
    const { out } = await explain(aCluster(failed), 'pod/web-1', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'Pod',
      rule: { because: 'BuildFailed' },
      containers: [{ name: 'web', state: 'waits: ImagePullBackOff' }],
      builds: [
        { kind: 'NixBuild', reason: { name: 'BuilderFailed', message: 'it failed' }, failure: { stage: 'Build' } },
      ],
    });
  });

  it('says what it may not see, and does not guess at rules', async () => {
    const cluster = aCluster(failed);
    cluster.onCall = ({ verb, kind, key }) => {
      const isOfCluster =
        kind === 'Node' || kind === 'NixStore' || key === 'enbi' || (kind === 'NixBuild' && key === '');
      if (verb === 'list' && isOfCluster) throw new PolicyError('Forbidden', `no ${kind}`);
    };
    const { code, out } = await explain(cluster, 'hello');
    expect(code).toBe(0);
    expect(out).not.toContain('  rule ');
    expect(out).toContain('  note        you may not list nodes\n');
    expect(out).toContain('you may not see the controller in namespace enbi');
    expect(out).toContain('  reason      BuilderFailed');
  });

  it.each([
    [['nothing'], 'there is no NixBuild or Pod nothing in namespace team; NixBuilds in it: hello'],
    [['pod/hello'], 'there is no Pod hello'],
    [['deployment/web'], '"deployment" is neither pod nor nixbuild'],
    [['$(id)'], 'is no name of an object'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await explain(aCluster(), ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('writes nothing', async () => {
    const cluster = aCluster();
    await explain(cluster, 'pod/web-1');
    await explain(cluster, 'nb/hello');
    expect(cluster.writes).toEqual([]);
  });
});

it.each(reasons)('the text of %s is found', (reason) => {
  const text = reasonText(reasonsPage, reason);
  expect(text?.meaning).not.toBe('');
  expect(text?.remedy).not.toMatch(/^$|^#|\]\(/);
});
