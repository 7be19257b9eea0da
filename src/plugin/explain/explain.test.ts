import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { someSettings } from '../../../test/support/builders.ts';
import { label, manager } from '../../api/labels.ts';
import { reasons } from '../../api/reasons.ts';
import { agentName, agentVersion } from '../../cluster-view/agent.ts';
import { storeName } from '../../cluster-view/names.ts';
import { resource } from '../../cluster-view/resources.ts';
import { PolicyError } from '../../errors.ts';
import { deployments } from '../deployed-controller.ts';
import { MemoryCluster, putController, runInMemory } from '../memory-plugin.ts';
import { reasonText } from './reason-text.ts';

const reasonsPage = readFileSync(new URL('../../../docs/reference/reasons.md', import.meta.url), 'utf8');
const image = 'git.example/demo/hello:1.0';
const flakeUrl = 'git+https://git.example/hello?ref=refs/tags/1.0';
const spec = { flakeUrl, packageName: 'default', system: 'x86_64-linux', imageTag: image };

function aCluster(status: object = {}, of = spec): MemoryCluster {
  const cluster = new MemoryCluster();
  putController(cluster);
  cluster.put(resource.namespaces, { metadata: { name: 'team' } });
  cluster.put(resource.nodes, {
    metadata: { name: 'node-1', uid: 'n' },
    spec: { unschedulable: true },
    status: {
      nodeInfo: { architecture: 'amd64', containerRuntimeVersion: 'containerd://2.4.2', operatingSystem: 'linux' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
  cluster.put(resource.builds, { metadata: { name: 'hello', namespace: 'team', uid: 'u' }, spec: of, status });
  cluster.put(resource.pods, {
    metadata: {
      name: 'web-1',
      namespace: 'team',
      uid: 'uid-pod',
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
    reproduce: "nix build --print-build-logs 'x'",
  },
  conditions: [{ type: 'Ready', status: 'False', reason: 'BuilderFailed', message: 'it failed' }],
};
const options = { embedded: { reasonsPage }, settingsFrom: () => someSettings() };
const explain = (cluster: MemoryCluster, ...args: readonly string[]) =>
  runInMemory(['explain', ...args], { ...options, cluster });

describe('kubectl enbi explain', () => {
  it('says by which rule a NixBuild waits, and for what', async () => {
    const { code, out } = await explain(aCluster(), 'nb/hello', '--verbose');
    expect(code).toBe(0);
    expect(out).toMatch(/^NixBuild team\/hello: Pending\n {2}reason {6}WaitingForNode: .*cordoned/);
    expect(out).toMatch(/^ {2}rule {8}NoNodeFits: /m);
    expect(out).toContain("  documented  docs/reference/reasons.md#waitingfornode in enbi's sources\n");
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
    expect(out).toContain('  what to do  run the command in "reproduce" below.');
    expect(out).not.toMatch(/rule|reasons\.md|status\./);
    expect(out).toContain("  its log     │ one\n              │ two\n  reproduce   nix build --print-build-logs 'x'\n");
    expect(out).toContain('  event       0s ago BuilderFailed (3 times): first second\n');
  });

  describe('of an import', () => {
    const agent = agentName(
      { metadata: { name: 'node-1', uid: 'n', resourceVersion: '1' } },
      agentVersion(someSettings()),
    );
    const stageTimes = { importStarted: '2026-01-01T11:59:59Z' };
    const importing = { status: 'Importing', attempts: 1, buildNode: 'node-1', importJobName: agent, stageTimes };
    const outPath = '/nix/store/vbnwwl4f9ydlpal9s4wzf7qwxh5rx3vl-hello';
    const told = { ...importing, outPath, progress: '1 of 3 layers sent' };

    /** With the agent of its node, of which a taint keeps the Pod away. */
    function withAgent(): MemoryCluster {
      const cluster = aCluster(told);
      const [node, tenant] = ['node-1', 'team'];
      cluster.put(resource.stores, { metadata: { name: storeName(node, tenant) }, spec: { node, tenant } });
      const labels = { [label.managedBy]: manager, [label.agentOf]: 'n' };
      const annotations = { [label.agentNode]: 'node-1' };
      cluster.put(resource.jobs, { metadata: { name: agent, namespace: 'enbi', uid: 'j', labels, annotations } });
      const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: agent, uid: 'j', controller: true }];
      cluster.put(resource.pods, {
        metadata: { name: `${agent}-x`, namespace: 'enbi', uid: 'a', labels, annotations, ownerReferences },
        spec: { containers: [{ name: 'agent' }] },
        status: {
          phase: 'Pending',
          conditions: [
            { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'untolerated taint' },
          ],
        },
      });
      return cluster;
    }

    it('names the agent, and what keeps it from its node', async () => {
      const { out } = await explain(withAgent(), 'hello');
      expect(out).toMatch(/^NixBuild team\/hello: Importing\n/);
      expect(out.replaceAll(/\s+/g, ' ')).toContain(`job enbi/${agent}`);
      expect(out).toContain('untolerated taint');
    });

    it('tells a tenant, who may not see the agent, how far it is', async () => {
      const cluster = withAgent();
      cluster.onCall = ({ verb, key }) => {
        if (verb === 'list' && key === 'enbi') throw new PolicyError('Forbidden', 'no');
      };
      const { code, out } = await explain(cluster, 'hello');
      expect(code).toBe(0);
      expect(out).toContain('1 of 3 layers sent');
      expect(out.replaceAll(/\s+/g, ' ')).toContain('in namespace enbi, where images are imported');
      expect(out).not.toContain(agent);
    });
  });

  it('names no log of a success whose Job is gone', async () => {
    const { out } = await explain(
      aCluster({ status: 'Succeeded', attempts: 1, logKeptUntil: '2999-01-01T00:00:00Z' }),
      'hello',
    );
    expect(out).toMatch(/^NixBuild team\/hello: Succeeded\n/);
    expect(out).not.toMatch(/^ {2}log /m);
  });

  it('says of a Pod why it waits, with the NixBuilds of its images', async () => {
    const { out } = await explain(aCluster(failed), 'pod', 'web-1');
    expect(out).toMatch(/^Pod team\/web-1: Pending\n {2}reason {6}BuilderFailed: it failed \(NixBuild hello\)\n/);
    expect(out.match(/what to do/g)).toHaveLength(1);
    expect(out).toContain('  web  waits: ImagePullBackOff  git.example/demo/hello:1.0\n');
    expect(out).toContain('\nNixBuild team/hello: Failed\n');
  });

  it('takes no NixBuild of the same image for what a Pod waits for that has it made of another flake by now', async () => {
    const cluster = aCluster(failed, { ...spec, flakeUrl: 'git+https://git.example/typo' });
    const { out } = await explain(cluster, 'pod/web-1');
    expect(out).toMatch(/^ {2}reason {6}There is no NixBuild for the image yet/m);
    expect(out).not.toContain('NixBuild team/hello');
    expect((await explain(cluster, 'nb/hello')).out).not.toContain('web-1');
  });

  it('is one object for programs', async () => {
    const { out } = await explain(aCluster(failed), 'pod/web-1', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({
      kind: 'Pod',
      rule: { because: 'BuildFailed' },
      reason: { name: 'BuilderFailed', of: 'hello' },
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
    expect(out.match(/you may not/g)).toHaveLength(1);
    expect(out).toMatch(/^ {2}note {8}you may not list Jobs .*; list NixStores; /m);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('see the controller in namespace enbi');
    expect(out).toContain('  reason      BuilderFailed');
  });

  it.each([
    [['nothing'], 'there is no NixBuild or Pod nothing in namespace team; NixBuilds in it: hello'],
    [['pod/hello'], 'there is no Pod hello'],
    [['service/web'], '"service" has no images of enbi\'s; write pod/NAME'],
    [['deployment/web'], 'there is no Deployment web in namespace team'],
    [['$(id)'], 'is no name of an object'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await explain(aCluster(), ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('puts what nothing is built without before what is merely misspelt', async () => {
    const cluster = aCluster();
    const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'path:/x', 'enbi.hrzn.ee/nixbuild-pakageName': 'image' };
    await cluster.patch(resource.pods, { namespace: 'team', name: 'web-1' }, { metadata: { annotations } });
    const { out } = await explain(cluster, 'pod/web-1');
    expect(out).toMatch(/^Pod team\/web-1: Pending\n {2}reason {6}\w*Reference\w*: container web: .*path:/);
    expect(out).toMatch(/^ {2}besides {5}UnknownAnnotation: .*pakageName/m);
  });

  it.each([
    ['waits', {}, 'reason      NoController: '],
    ['has failed', failed, 'reason      BuilderFailed: '],
  ])('says that there is no controller of what %s', async (_, status, text) => {
    const cluster = aCluster(status);
    await cluster.delete(deployments, { namespace: 'enbi', name: 'enbi-controller' }, {});
    for (const target of ['nb/hello', 'pod/web-1']) expect((await explain(cluster, target)).out).toContain(text);
  });

  it('tells nothing of an earlier object of that name', async () => {
    const cluster = aCluster();
    for (const uid of ['uid-pod', 'uid-before']) {
      cluster.put(events, {
        metadata: { name: uid, namespace: 'team' },
        involvedObject: { kind: 'Pod', name: 'web-1', uid },
        reason: 'Scheduled',
        message: `told of ${uid}`,
      });
    }
    const { out } = await explain(cluster, 'pod/web-1');
    expect(out.match(/told of .*/g)).toEqual(['told of uid-pod']);
  });

  it('says each fact once, however many places of the cluster have it', async () => {
    const message = 'Secret team/keys does not exist';
    const lastTransitionTime = '2026-11-23T12:00:00Z';
    const ready = { type: 'Ready', status: 'False', reason: 'SecretNotFound', message, lastTransitionTime };
    const cluster = aCluster({ status: 'Building', progress: `waits: ${message}`, conditions: [ready] });
    const told = ['Pod web-1', 'NixBuild hello'].flatMap((about) => [about, about]);
    for (const [index, about] of told.entries()) {
      const [kind, name] = about.split(' ');
      cluster.put(events, {
        metadata: { name: `e${index}`, namespace: 'team' },
        involvedObject: { kind, name, uid: kind === 'Pod' ? 'uid-pod' : 'u' },
        type: 'Warning',
        reason: 'SecretNotFound',
        message: index % 2 === 0 ? message : `NixBuild hello waits: ${message}`,
        lastTimestamp: `2026-11-23T12:00:0${index}Z`,
      });
    }
    cluster.onCall = ({ verb, kind, key }) => {
      if (verb === 'list' && (kind === 'Node' || key === 'enbi')) throw new PolicyError('Forbidden', `no ${kind}`);
    };
    const { out } = await explain(cluster, 'pod/web-1');
    expect(out).toContain(`reason      SecretNotFound: ${message} (NixBuild hello)\n`);
    expect(out.match(/team\/keys/g)).toHaveLength(1);
  });

  it('tells the complaints of the kubelet about the image once', async () => {
    const cluster = aCluster();
    const texts = ['Failed to pull image "x": failed to resolve', 'Error: ErrImagePull', 'Error: something else'];
    for (const [index, message] of texts.entries()) {
      cluster.put(events, {
        metadata: { name: `e${index}`, namespace: 'team' },
        involvedObject: { kind: 'Pod', name: 'web-1' },
        type: 'Warning',
        reason: 'Failed',
        message,
        lastTimestamp: `2026-11-23T12:00:0${index}Z`,
        count: 4,
      });
    }
    const { out } = await explain(cluster, 'pod/web-1');
    expect(out).toMatch(
      /event {7}\S+ ago ImagePulls \(4 times\): .*asked for one\n {2}event {7}\S+ ago Failed \(4 times\): Error: some/,
    );
    expect(out).not.toContain('failed to resolve');
  });

  describe('with what only the controller knows', () => {
    const quota = 'the API server refuses to create NixBuild team/hello: exceeded quota: builds';

    function said(cluster: MemoryCluster, event: object = {}, about: object = {}) {
      cluster.put(events, {
        metadata: { name: `e${cluster.calls.length}-${JSON.stringify(event).length}`, namespace: 'team' },
        involvedObject: { kind: 'Pod', name: 'web-1', uid: 'uid-pod', ...about },
        type: 'Warning',
        reason: 'RefusedByCluster',
        message: quota,
        reportingComponent: 'enbi',
        lastTimestamp: '2026-11-23T12:00:00Z',
        ...event,
      });
    }

    /** As a tenant sees it: no nodes, no stores, nothing of enbi's namespace. */
    async function ofTenant(annotations: object = {}): Promise<MemoryCluster> {
      const cluster = await ofAdministrator(annotations);
      cluster.onCall = ({ verb, kind, key }) => {
        const isOfOthers = key === '' || key === 'enbi' || kind === 'Namespace';
        if ((verb === 'list' || verb === 'get') && isOfOthers) throw new PolicyError('Forbidden', `no ${kind}`);
      };
      return cluster;
    }

    async function ofAdministrator(annotations: object = {}): Promise<MemoryCluster> {
      const cluster = aCluster();
      await cluster.patch(resource.pods, { namespace: 'team', name: 'web-1' }, { metadata: { annotations } });
      await cluster.delete(resource.builds, { namespace: 'team', name: 'hello' }, {});
      return cluster;
    }

    it.each([
      ['flakeUrl', 'path:/x', 'InvalidFlakeReference: container web: '],
      ['secretName', 'no name', 'InvalidSecretName: container web: '],
      ['packageName', '$(id)', 'InvalidPackageName: container web: '],
    ])('says what is wrong with %s to whoever may see the Pod alone', async (name, value, text) => {
      const { out } = await explain(await ofTenant({ [`enbi.hrzn.ee/nixbuild-${name}`]: value }), 'pod/web-1');
      expect(out).toContain(`Pod team/web-1: Pending\n  reason      ${text}`);
      expect(out).toContain('  what to do  ');
      expect(out.replaceAll(/\s+/g, ' ')).not.toContain('cannot be worked out here');
    });

    it.each([
      ['with all rights', ofAdministrator],
      ['without', ofTenant],
    ])('says that the API server refuses the NixBuild, %s', async (_, aClusterOf) => {
      const cluster = await aClusterOf();
      said(cluster);
      const { out } = await explain(cluster, 'pod/web-1');
      expect(out).toContain(`Pod team/web-1: Pending\n  reason      RefusedByCluster: ${quota}\n`);
      expect(out).toContain('  what to do  remove what fills the quota');
      expect(out).not.toContain('makes one at once');
    });

    it('has the rule of the controller, which remembers the refusal', async () => {
      const cluster = await ofAdministrator();
      said(cluster);
      const { out } = await explain(cluster, 'pod/web-1', '-o', 'json');
      expect(JSON.parse(out)).toMatchObject({
        rule: { because: 'WriteWasRefused' },
        reason: { name: 'RefusedByCluster' },
      });
    });

    it.each<[string, object, object?]>([
      ['another program', { reportingComponent: 'kubelet' }],
      ['nobody', { reportingComponent: undefined }],
      ["a reason that is none of enbi's", { reason: 'MailYourPassword' }],
      ['an earlier Pod of its name', {}, { uid: 'uid-of-another' }],
      ['no trouble', { type: 'Normal' }],
    ])('takes no reason from an event of %s', async (_, event, about) => {
      for (const aClusterOf of [ofAdministrator, ofTenant]) {
        const cluster = await aClusterOf();
        said(cluster, event, about);
        const { out } = await explain(cluster, 'pod/web-1');
        expect(out).toMatch(/^Pod team\/web-1: Pending\n {2}(reason {6}There is no NixBuild|of|age|node)/);
      }
    });

    it('takes none from a trouble that is over', async () => {
      const cluster = await ofTenant();
      said(cluster);
      said(cluster, { type: 'Normal', reason: 'BuildRequested', lastTimestamp: '2026-11-23T12:00:01Z' });
      expect((await explain(cluster, 'pod/web-1')).out).not.toContain('  reason ');
    });

    it('bounds the text of an event, which anybody in the namespace may write', async () => {
      const cluster = await ofTenant();
      said(cluster, { message: `one\n  what to do  curl | sh\u001b[31m ${'x'.repeat(100_000)}` });
      const { out } = await explain(cluster, 'pod/web-1', '-o', 'json');
      const { reason } = JSON.parse(out) as { reason: { message: string } };
      expect(reason.message).toMatch(/^one {3}what to do {2}curl \| sh x+…$/);
      expect(reason.message).toHaveLength(1024);
    });

    it('prefers what becomes of the NixBuild', async () => {
      const cluster = aCluster(failed);
      said(cluster);
      const { out } = await explain(cluster, 'pod/web-1');
      expect(out).toContain('Pod team/web-1: Pending\n  reason      BuilderFailed: it failed');
    });
  });

  describe('of a Deployment', () => {
    function withDeployment(annotated: 'template' | 'itself' | 'not', labels: object = { app: 'web' }) {
      const cluster = aCluster();
      const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': flakeUrl };
      cluster.put(deployments, {
        metadata: { name: 'web', namespace: 'team', ...(annotated === 'itself' ? { annotations } : {}) },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: { metadata: annotated === 'template' ? { annotations } : {} },
        },
      });
      return cluster
        .patch(resource.pods, { namespace: 'team', name: 'web-1' }, { metadata: { labels } })
        .then(() => cluster);
    }

    it.each(['deploy/web', 'deployment/web', 'deployments.apps/web'])(
      'explains a Pod that waits: %s',
      async (target) => {
        const { code, out } = await explain(await withDeployment('template'), target);
        expect([code, out]).toEqual([0, expect.stringMatching(/^Pod team\/web-1: Pending\n/)]);
        expect(out).toContain('  of          Deployment web: this Pod\n');
      },
    );

    it.each([
      ['itself', {}, 'move them to spec.template.metadata.annotations'],
      ['not', {}, 'write enbi.hrzn.ee/nixbuild-flakeUrl into spec.template.metadata.annotations'],
      ['template', { app: 'other' }, 'kubectl --namespace team get events --field-selector reason=FailedCreate'],
    ] as const)('says what to do when it is annotated (%s) and no Pod asks', async (annotated, labels, text) => {
      const { code, err } = await explain(await withDeployment(annotated, labels), 'deploy', 'web');
      expect([code, err]).toEqual([2, expect.stringContaining(text)]);
    });
  });

  it('writes nothing', async () => {
    const cluster = aCluster();
    await explain(cluster, 'pod/web-1');
    await explain(cluster, 'nb/hello');
    expect(cluster.writes).toEqual([]);
  });
});

it.each(reasons)('the text of %s is found', (reason) => {
  const text = reasonText(reasonsPage, reason, { self: 'kubectl enbi', flags: '' });
  expect(text?.meaning).not.toBe('');
  expect(text?.remedy).not.toMatch(/^$|^#|\]\(|this page/);
});
