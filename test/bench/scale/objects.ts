import { podAnnotation } from '../../../src/api/labels.ts';
import { namespaceName, nodeName, type Size } from './size.ts';

export function aNode(index: number): object {
  const labels = {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': nodeName(index),
    'topology.kubernetes.io/zone': `zone-${index % 3}`,
    'node.kubernetes.io/instance-type': 'm6i.2xlarge',
  };
  const images = Array.from({ length: 50 }, (_, image) => ({
    names: [
      `registry.example/library/image-${image}@sha256:${'0'.repeat(64)}`,
      `registry.example/library/image-${image}:1.${index}`,
    ],
    sizeBytes: 10_000_000 + image,
  }));
  const since = { lastHeartbeatTime: '2026-11-23T12:00:00Z', lastTransitionTime: '2026-11-23T12:00:00Z' };
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    reason: 'KubeletSays',
    message: 'as a kubelet would have it',
    ...since,
  }));
  const nodeInfo = {
    machineID: 'm',
    systemUUID: 's',
    bootID: 'b',
    kernelVersion: '6.12.0',
    osImage: 'Debian GNU/Linux 13',
    containerRuntimeVersion: 'containerd://2.1.9',
    kubeletVersion: 'v1.37.2',
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: 'amd64',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName(index), labels },
    status: { conditions, nodeInfo, images, capacity: { cpu: '8', memory: '32Gi', pods: '110' } },
  };
}

/** As a Deployment makes them, with what people and meshes write on them. */
export function aPod(index: number, size: Size): object {
  const namespace = namespaceName(index % size.namespaces);
  return podOf({
    name: `web-${index}`,
    namespace,
    node: nodeName(index % size.nodes),
    image: `registry.example/web:${index % 200}`,
  });
}

/** One of those that wait for an image of the group: the same node and namespace for all that wait for one. */
export function askingPod(group: string, image: number, copy: number, size: Size): object {
  const namespace = namespaceName(image % size.namespaces);
  const name = `${group}-${image}-${copy}`;
  const annotations = { [podAnnotation.flakeUrl]: `git+https://git.example/${group}-${image}?ref=refs/tags/{tag}` };
  return podOf({ name, namespace, node: nodeName(image), image: imageOf(group, image), annotations });
}

export const imageOf = (group: string, image: number) => `git.example/${group}/app-${image}:1.0`;

interface PodParts {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly image: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function podOf({ name, namespace, node, image, annotations = {} }: PodParts): object {
  const env = Array.from({ length: 12 }, (_, at) => ({
    name: `SETTING_${at}`,
    value: `value of setting ${at} of ${name}`,
  }));
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 };
  const container = (of: string) => ({
    name: of,
    image,
    imagePullPolicy: 'IfNotPresent',
    env,
    ports: [{ containerPort: 8080 }],
    readinessProbe: probe,
    livenessProbe: probe,
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { app: 'web', 'pod-template-hash': '7d9c6b8f5c', team: namespace },
      annotations: { ...annotations, 'example.com/config': 'x'.repeat(600), 'prometheus.io/scrape': 'true' },
    },
    spec: {
      nodeName: node,
      containers: [container('web')],
      volumes: [{ name: 'config', configMap: { name: 'web' } }],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    },
  };
}

const containerStatus = (image: string, state: object) => ({
  name: 'web',
  image,
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
});

export function runningStatus(image: string): object {
  const state = { running: { startedAt: '2026-11-23T12:00:00Z' } };
  return {
    status: { phase: 'Running', containerStatuses: [{ ...containerStatus(image, state), ready: true, started: true }] },
  };
}

export function failingStatus(image: string): object {
  const message = `failed to pull and unpack image "${image}": not found`;
  return {
    status: {
      phase: 'Pending',
      containerStatuses: [containerStatus(image, { waiting: { reason: 'ErrImagePull', message } })],
    },
  };
}
