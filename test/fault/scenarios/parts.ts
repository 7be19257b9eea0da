import { apiVersion, podAnnotation } from '../../../src/api/labels.ts';
import { textOf } from '../../../src/cluster-view/raw.ts';
import { type Live, statusOf } from '../server/live.ts';
import { isRunning } from '../stand-in/kubelet.ts';
import type { Stage } from '../stand-in/stand-in.ts';

/** The objects that scenarios are made of. */
export const image = 'git.example/shop/web:1.0';
export const flake = 'git+https://git.example/shop/web?ref=refs/tags/{tag}';

export interface NodeWish {
  readonly architecture?: string;
}

/** As a kubelet registers it, and rid of the taint that the API server gives every new node. */
export async function addNode({ world, hands }: Stage, name: string, wish: NodeWish = {}): Promise<void> {
  const architecture = wish.architecture ?? 'amd64';
  const nodeName = `${world.name}-${name}`;
  await hands.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, labels: { 'kubernetes.io/arch': architecture, 'kubernetes.io/os': 'linux' } },
    status: {
      conditions: [readyCondition('True', world.clock.now())],
      nodeInfo: {
        architecture,
        operatingSystem: 'linux',
        containerRuntimeVersion: 'containerd://2.1.9',
        bootID: '',
        kernelVersion: '',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.34.0',
        machineID: '',
        osImage: '',
        systemUUID: '',
      },
    },
  });
  await world.caughtUp();
  await hands.patch('nodes', theNode(world, nodeName), { spec: { taints: null } });
}

export function readyCondition(status: 'True' | 'False' | 'Unknown', now: Date): object {
  const time = now.toISOString();
  return { type: 'Ready', status, reason: 'Kubelet', lastHeartbeatTime: time, lastTransitionTime: time };
}

export function theNode(world: Stage['world'], name: string): Live {
  const node = world.get('nodes', name.startsWith(`${world.name}-`) ? name : `${world.name}-${name}`);
  if (node === undefined) throw new Error(`the world has no node ${name}`);
  return node;
}

export interface PodWish {
  readonly node?: string;
  readonly image?: string;
  readonly flake?: string;
}

/** A Pod of a Deployment's, as it is once it has a node. */
export async function addPod({ world, hands }: Stage, name: string, wish: PodWish = {}): Promise<void> {
  await hands.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: world.tenant,
      annotations: { [podAnnotation.flakeUrl]: wish.flake ?? flake },
    },
    spec: {
      nodeName: `${world.name}-${wish.node ?? 'node-1'}`,
      automountServiceAccountToken: false,
      containers: [{ name: 'web', image: wish.image ?? image, imagePullPolicy: 'IfNotPresent' }],
    },
  });
}

/** As somebody writes it by hand. */
export async function aNixBuild({ world, hands }: Stage, name: string): Promise<void> {
  await hands.create('nixbuilds', {
    apiVersion,
    kind: 'NixBuild',
    metadata: { name, namespace: world.tenant },
    spec: {
      flakeUrl: 'git+https://git.example/shop/web?ref=refs/tags/1.0',
      packageName: 'default',
      system: 'x86_64-linux',
      imageTag: image,
    },
  });
}

/** The Pods of users. */
export function askingPods({ world }: Stage): readonly Live[] {
  return world.list('pods').filter(({ metadata }) => metadata.annotations?.[podAnnotation.flakeUrl] !== undefined);
}

export function allPodsRun(stage: Stage): boolean {
  const pods = askingPods(stage);
  return pods.length > 0 && pods.every(isRunning);
}

export function phaseOf(build: Live | undefined): string {
  return build === undefined ? '' : textOf(statusOf(build).status);
}

/** Every NixBuild is in this phase, and there is one. */
export function allBuildsAre({ world }: Stage, phase: string): boolean {
  const builds = world.list('nixbuilds');
  return builds.length > 0 && builds.every((build) => phaseOf(build) === phase);
}

export function someBuildIs({ world }: Stage, phase: string): boolean {
  return world.list('nixbuilds').some((build) => phaseOf(build) === phase);
}

export function noJobsAreLeft({ world }: Stage): boolean {
  return world.list('jobs').length === 0;
}

/** An agent loads an image at this moment. */
export function importRuns({ agents }: Stage): boolean {
  return agents.imports.isAnyUnderWay;
}

/** A container `build` runs at this moment. */
export function buildRuns({ runs }: Stage): boolean {
  return runs.isAnyUnderWay;
}
