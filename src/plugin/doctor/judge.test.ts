import { describe, expect, it } from 'vitest';
import { aBuild, aNamespace, aStore, someSettings } from '../../../test/support/builders.ts';
import { aNodeSeen, anOwnPod, controller, someFacts } from '../../../test/support/doctor-facts.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { Reason } from '../../api/reasons.ts';
import type { Facts, OwnPod } from './facts.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';

const pulls = { waiting: 'ErrImagePull', message: 'no such host' };
const ended = (exitCode: number, reason: string, message = '') => ({ exitCode, reason, message });

const runtime = (version: string) => ({ nodes: [aNodeSeen({ runtime: `containerd://${version}` })] });
const built = (status: NixBuildStatus) => ({ builds: [aBuild({ status })] });
const failure = (reason: 'SocketNotFound' | 'BuilderFailed') => ({
  ...built({ status: 'Failed', buildNode: 'node-1', failure: { stage: 'Import', reason, message: '' } }),
});

const aBuilderPod = (builder: string, container: Parameters<typeof anOwnPod>[0] = {}, given: Partial<OwnPod> = {}) =>
  anOwnPod(container, { role: 'build', namespace: 'team', builder, ...given });

const waitsFor = (reason: Reason) =>
  ({ type: 'Ready', status: 'False', reason, message: 'exceeded quota: small', lastTransitionTime: '' }) as const;

function of(findings: readonly Finding[], check: string): Finding | undefined {
  return (
    findings.find((finding) => finding.check === check && finding.health !== 'OK') ??
    findings.find((finding) => finding.check === check)
  );
}

describe('the doctor', () => {
  it('finds nothing in a cluster that is well', () => {
    expect(judge(someFacts()).filter(({ health }) => health !== 'OK')).toEqual([]);
  });

  it.each<[string, Partial<Facts>, string, Finding['health'], string]>([
    ['an API server that is too old', { kubernetes: 'v1.33.9' }, 'API server', 'FAIL', 'too old'],
    ['the oldest that is not', { kubernetes: 'v1.34.0+k3s1' }, 'API server', 'OK', 'v1.34.0+k3s1'],
    ['a version it cannot read', { kubernetes: 'main' }, 'API server', 'WARN', 'cannot be read'],
    [
      'definitions that are missing',
      { definitions: [{ name: 'x', state: 'missing' }] },
      'definitions',
      'FAIL',
      'not installed',
    ],
    [
      'those of another version',
      { definitions: [{ name: 'x', state: 'another version' }] },
      'definitions',
      'WARN',
      'not as this',
    ],
    [
      'those it may not see',
      { definitions: [{ name: 'x', state: 'forbidden' }] },
      'definitions',
      'NOTE',
      'you may not',
    ],
    ['no controller', { controller: undefined }, 'controller', 'FAIL', 'there is none in namespace enbi'],
    ['a controller it may not see', { controller: 'forbidden' }, 'controller', 'NOTE', 'you may not'],
    ['one that is not available', { controller: { ...controller, available: 0 } }, 'controller', 'FAIL', '0 of 1'],
    ['one of another version', { pluginVersion: '0.2.0' }, 'controller', 'WARN', 'this plugin is 0.2.0'],
    ['fewer replicas than asked for', { controller: { ...controller, wanted: 2 } }, 'controller', 'WARN', '1 of 2'],
    [
      'a controller whose Pods a quota refuses',
      { controller: { ...controller, refused: 'exceeded quota: pods' } },
      'controller',
      'FAIL',
      'cannot be made: exceeded quota: pods',
    ],
    [
      "a node without enbi's image, in the middle of an upgrade",
      { pods: [anOwnPod(), anOwnPod(pulls, { node: 'node-2' })] },
      'Pods of enbi',
      'FAIL',
      "node node-2 has not enbi's own image enbi.hrzn.ee/enbi:0.1.0, and cannot get it (controller waits: ErrImagePull: no such host)",
    ],
    [
      'one that only a build shows',
      { pods: [anOwnPod({ ...pulls, waiting: 'ImagePullBackOff' }, { role: 'build', namespace: 'team' })] },
      'Pods of enbi',
      'FAIL',
      '(build waits: ImagePullBackOff',
    ],
    [
      'a setting that the controller does not read',
      {
        pods: [
          anOwnPod({ waiting: 'CrashLoopBackOff', restarts: 6, ended: ended(1, 'Error', 'error: --build-jobs x') }),
        ],
      },
      'Pods of enbi',
      'FAIL',
      'the controller ended with 1, 6 restarts: error: --build-jobs x',
    ],
    [
      'a controller with too little memory',
      { pods: [anOwnPod({ restarts: 1, ended: ended(137, 'OOMKilled') })] },
      'Pods of enbi',
      'FAIL',
      'ended with 137 (OOMKilled), 1 restart',
    ],
    [
      'a controller that misses a ConfigMap of its administrator',
      { pods: [anOwnPod({ waiting: 'CreateContainerConfigError', message: 'configmap "a" not found' })] },
      'Pods of enbi',
      'FAIL',
      'waits: CreateContainerConfigError: configmap "a" not found',
    ],
    [
      'a controller that fits nowhere',
      { pods: [anOwnPod({}, { node: '', unschedulable: '0/1 nodes are available', containers: [] })] },
      'Pods of enbi',
      'FAIL',
      'has no place: 0/1 nodes are available',
    ],
    [
      'an agent that a taint or its memory keeps from its node',
      {
        pods: [
          anOwnPod({}, { role: 'agent', node: '', unschedulable: '0/1 nodes: untolerated taint', containers: [] }),
        ],
      },
      'Pods of enbi',
      'FAIL',
      "a node's agent has no place: 0/1 nodes: untolerated taint",
    ],
    [
      'an agent that cannot be started',
      { pods: [anOwnPod({ waiting: 'CreateContainerError', message: 'no /run' }, { role: 'agent' })] },
      'Pods of enbi',
      'FAIL',
      'the agent of node node-1 waits: CreateContainerError: no /run',
    ],
    [
      'an agent that was killed',
      { pods: [anOwnPod({ ended: ended(137, 'OOMKilled') }, { role: 'agent' })] },
      'Pods of enbi',
      'FAIL',
      'the agent of node node-1 ended with 137 (OOMKilled)',
    ],
    [
      'what only says that it is an agent',
      { pods: [anOwnPod({ ended: ended(137, 'OOMKilled') }, { role: 'agent', namespace: 'team' })] },
      'Pods of enbi',
      'OK',
      'nothing keeps them',
    ],
    ['no agent where there is no work', {}, 'agents', 'OK', 'none now'],
    ['an agent', { pods: [anOwnPod(), anOwnPod({}, { role: 'agent' })] }, 'agents', 'OK', '1 now: each'],
    [
      'an agent of another version, in the middle of an upgrade',
      { pods: [anOwnPod({}, { role: 'agent', asks: 'enbi.hrzn.ee/enbi:0.0.9' })] },
      'agents',
      'NOTE',
      "1 with another image than the controller's",
    ],
    [
      'agents that do not stay',
      { controller: { ...controller, settings: { ...someSettings(), agentIdle: 0 } } },
      'agents',
      'NOTE',
      '--agent-idle 0',
    ],
    ['no builder', {}, 'builders', 'OK', 'none now'],
    [
      'a builder that builds, one that waits, and one that has ended',
      {
        pods: [anOwnPod(), aBuilderPod('one'), aBuilderPod('other'), aBuilderPod('over', { ended: ended(0, '') })],
        ...built({ status: 'Building', buildJobName: 'one' }),
      },
      'builders',
      'OK',
      '2 now: 1 builds, 1 idle',
    ],
    [
      'a builder of which it may not see the builds',
      { pods: [aBuilderPod('one')], builds: 'forbidden' },
      'builders',
      'OK',
      '1 now',
    ],
    [
      'a builder of another version',
      { pods: [aBuilderPod('one', {}, { asks: 'enbi.hrzn.ee/enbi:0.0.9' })] },
      'builders',
      'NOTE',
      "1 with another image than the controller's",
    ],
    [
      'builders that do not stay',
      { controller: { ...controller, settings: { ...someSettings(), builderIdle: 0 } } },
      'builders',
      'NOTE',
      '--builder-idle 0',
    ],
    [
      'one that is on its way',
      { pods: [anOwnPod({ waiting: 'ContainerCreating' })] },
      'Pods of enbi',
      'OK',
      '1 in all',
    ],
    [
      'a build that waits for a Secret, which its NixBuild says',
      { pods: [anOwnPod({ waiting: 'CreateContainerConfigError' }, { role: 'build', namespace: 'team' })] },
      'Pods of enbi',
      'OK',
      'nothing keeps them',
    ],
    ['Pods it may not see', { pods: 'forbidden' }, 'Pods of enbi', 'NOTE', 'you may not'],
    ...(
      [
        ['repelled by a setting', { repels: () => true }, {}, '1 repelled by label'],
        ['repelled by its own label', {}, { labels: { 'enbi.hrzn.ee/repel': '' } }, '1 repelled by label'],
        ['cordoned', {}, { unschedulable: true }, '1 cordoned'],
        [
          'the control plane',
          {},
          { taints: [{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }] },
          '1 taint node-role.kubernetes.io/control-plane:NoSchedule not tolerated',
        ],
      ] as const
    ).map(([what, settings, node, text]): [string, Partial<Facts>, string, Finding['health'], string] => [
      `a cluster whose only node is ${what}`,
      { controller: { ...controller, settings: { ...someSettings(), ...settings } }, nodes: [aNodeSeen(node)] },
      'nodes',
      'FAIL',
      `no node can build for x86_64-linux: ${text}`,
    ]),
    [
      'a system of which no node builds',
      { nodes: [aNodeSeen(), aNodeSeen({ architecture: 'arm64', unschedulable: true })] },
      'nodes',
      'WARN',
      'no node can build for aarch64-linux: 1 another system, 1 cordoned',
    ],
    [
      'a right that is lacking',
      { permissions: { asked: 2, lacking: ['create batch/jobs'], readsLogs: true } },
      'permissions',
      'FAIL',
      'batch/jobs',
    ],
    ['rights it may not ask for', { permissions: 'forbidden' }, 'permissions', 'NOTE', 'you may not'],
    ['nodes it may not see', { nodes: 'forbidden' }, 'nodes', 'NOTE', 'you may not'],
    ['no nodes', { nodes: [] }, 'nodes', 'FAIL', 'has none'],
    ['a node that is not Ready', { nodes: [aNodeSeen({ ready: false })] }, 'node', 'WARN', 'not Ready'],
    ['a full disk', { nodes: [aNodeSeen({}, { diskPressure: true })] }, 'node', 'WARN', 'disk pressure'],
    ['a strange architecture', { nodes: [aNodeSeen({ architecture: 's390x' })] }, 'node', 'WARN', 's390x'],
    ['another runtime', { nodes: [aNodeSeen({ runtime: 'cri-o://1.34' })] }, 'runtime', 'WARN', 'not containerd'],
    ['containerd 1.6', runtime('1.6.20~ds1'), 'runtime', 'WARN', 'known holes'],
    ['containerd below 1.7.33', runtime('1.7.32'), 'runtime', 'WARN', 'known holes'],
    ['containerd 1.7.33', runtime('1.7.33-k3s1'), 'runtime', 'OK', '1.7.33'],
    ['containerd below 2.0.10', runtime('2.0.9'), 'runtime', 'WARN', 'known holes'],
    ['containerd below 2.1.9', runtime('2.1.8'), 'runtime', 'WARN', 'known holes'],
    ['containerd 2.1.9', runtime('2.1.9'), 'runtime', 'OK', '2.1.9'],
    ['containerd below 2.2.5', runtime('2.2.4'), 'runtime', 'WARN', 'known holes'],
    ['containerd below 2.3.2', runtime('2.3.1'), 'runtime', 'WARN', 'known holes'],
    [
      'containerd below 2.3.2 where those are refused',
      {
        ...runtime('2.3.1'),
        controller: { ...controller, settings: someSettings({ refuseVulnerableNodes: true }) },
      },
      'runtime',
      'FAIL',
      'nothing is built on it',
    ],
    ['a newer containerd', runtime('2.4.0'), 'runtime', 'OK', '2.4.0'],
    ['containerd of the future', runtime('3.0.0'), 'runtime', 'OK', '3.0.0'],
    ['a version of nobody', runtime('unknown'), 'runtime', 'WARN', 'cannot be read'],
    ['a socket that was not found', failure('SocketNotFound'), 'socket', 'FAIL', 'did not find'],
    ['a socket nobody has tried', { builds: [] }, 'socket', 'NOTE', '/run/containerd/containerd.sock'],
    ["k3s' socket", { builds: [], nodes: [aNodeSeen({}, { kubelet: 'v1.35.1+k3s1' })] }, 'socket', 'NOTE', '/run/k3s/'],
    ["k0s' socket", { builds: [], nodes: [aNodeSeen({}, { kubelet: 'v1.35.1+k0s' })] }, 'socket', 'NOTE', '/run/k0s/'],
    [
      "MicroK8s' socket",
      { builds: [], nodes: [aNodeSeen({ labels: { 'microk8s.io/cluster': 'true' } })] },
      'socket',
      'NOTE',
      '/var/snap/',
    ],
    ['no user namespaces', { nodes: [aNodeSeen({ userNamespaces: false })] }, 'isolation', 'OK', 'Unprivileged'],
    [
      'a kubelet that verifies',
      { nodes: [aNodeSeen({}, { configured: { policy: 'AlwaysVerify', podPidsLimit: 4096 } })] },
      'kubelet',
      'FAIL',
      'refuses',
    ],
    [
      'a kubelet with a list',
      { nodes: [aNodeSeen({}, { configured: { policy: 'NeverVerifyAllowlistedImages', podPidsLimit: 4096 } })] },
      'kubelet',
      'WARN',
      'only images of its list',
    ],
    [
      'a kubelet it may not ask',
      { nodes: [aNodeSeen({}, { configured: { unknown: 'no' } })] },
      'kubelet',
      'NOTE',
      'no',
    ],
    ['a kubelet that bounds the processes of a Pod', { nodes: [aNodeSeen()] }, 'processes', 'OK', '4096 processes'],
    [
      'a kubelet that does not',
      { nodes: [aNodeSeen({}, { configured: { policy: '', podPidsLimit: undefined } })] },
      'processes',
      'WARN',
      'podPidsLimit is not set',
    ],
    ['a store that is not ready', { stores: [aStore({ ready: 'False' })] }, 'stores', 'WARN', 'is not ready'],
    [
      'a store with little space',
      { stores: [aStore({ ready: 'True', freeBytes: 1024 ** 3 })] },
      'stores',
      'WARN',
      '1.0 GiB free',
    ],
    ['stores it may not see', { stores: 'forbidden' }, 'stores', 'NOTE', 'you may not'],
    ['no stores', { stores: [] }, 'stores', 'OK', 'none yet'],
    [
      'a restricted namespace of enbi',
      { namespaces: [{ name: 'enbi', view: aNamespace('baseline') }] },
      'Pod Security',
      'FAIL',
      'refuses',
    ],
    [
      'one without a level',
      { namespaces: [{ name: 'enbi', view: aNamespace() }] },
      'Pod Security',
      'WARN',
      "cluster's default",
    ],
    [
      'no namespace of enbi',
      { namespaces: [{ name: 'enbi', view: undefined }] },
      'Pod Security',
      'FAIL',
      'does not exist',
    ],
    [
      'a restricted tenant',
      { namespaces: [{ name: 'team', view: aNamespace('restricted') }] },
      'Pod Security',
      'OK',
      'Unprivileged',
    ],
    [
      'a namespace it may not see',
      { namespaces: [{ name: 'team', view: 'forbidden' }] },
      'Pod Security',
      'NOTE',
      'you may not',
    ],
    ['builds that failed', failure('BuilderFailed'), 'builds', 'WARN', '1 failed: 1 BuilderFailed'],
    [
      'a build that the API server refuses its Job',
      built({ status: 'Pending', conditions: [waitsFor('RefusedByCluster')] }),
      'builds',
      'WARN',
      '1 under way (1 of them wait for somebody: 1 RefusedByCluster)',
    ],
    [
      'a build whose Pod a quota refuses, between two attempts',
      built({
        status: 'Pending',
        conditions: [waitsFor('Retrying')],
        failure: { stage: 'Build', reason: 'PodRefused', message: 'exceeded quota' },
      }),
      'builds',
      'WARN',
      '1 PodRefused',
    ],
    [
      "a build on a node without enbi's image",
      built({ status: 'Building', conditions: [waitsFor('EnbiImageMissing')] }),
      'builds',
      'WARN',
      '1 EnbiImageMissing',
    ],
    [
      'a build that waits for its turn',
      built({ status: 'Pending', conditions: [waitsFor('WaitingForTurn')] }),
      'builds',
      'OK',
      '1 in all, 1 under way, 0 failed',
    ],
    [
      'a store whose claim a quota refuses',
      { stores: [aStore({ ready: 'False', conditions: [waitsFor('RefusedByCluster')] })] },
      'stores',
      'WARN',
      'is not ready: RefusedByCluster: exceeded quota: small',
    ],
    ['builds it may not see', { builds: 'forbidden' }, 'builds', 'NOTE', 'you may not'],
  ])('says of %s what it is', (_, given, check, health, message) => {
    const finding = of(judge(someFacts(given)), check);
    expect(finding).toMatchObject({ health, message: expect.stringContaining(message) });
    if (health === 'FAIL') expect(finding?.remedy).toMatch(/\S/);
  });
});

it('names one failed build of each reason, and where the others are', () => {
  const one = (name: string, reason: 'BuilderFailed' | 'NotAnImage') =>
    ({
      ...aBuild(),
      metadata: { ...aBuild().metadata, name },
      status: { status: 'Failed', failure: { stage: 'Build', reason, message: '' } },
    }) as const;
  const builds = [one('a', 'BuilderFailed'), one('b', 'NotAnImage'), one('c', 'NotAnImage')];
  const finding = judge({ ...someFacts(), builds }).find(({ check }) => check === 'builds');
  expect(finding?.message).toContain('3 failed: 2 NotAnImage, 1 BuilderFailed');
  expect(finding?.remedy?.split('\n')).toEqual([
    expect.stringContaining('explain nixbuild/b'),
    expect.stringContaining('explain nixbuild/a'),
    'all: kubectl get nixbuilds --all-namespaces --output wide',
  ]);
});

it('sends whoever has nothing of enbi to the installation, not to a part of it', () => {
  const name = 'nixbuilds.enbi.hrzn.ee';
  const findings = judge({ ...someFacts(), definitions: [{ name, state: 'missing' }], controller: undefined });
  const remedies = findings.filter(({ health }) => health === 'FAIL').map(({ remedy }) => remedy);
  expect(remedies).not.toContain('kubectl apply --filename deploy/crds.yaml');
  expect(remedies.every((remedy) => remedy?.startsWith('install enbi'))).toBe(true);
});
