import { apiVersion } from '../../src/api/labels.ts';
import { resource } from '../../src/cluster-view/resources.ts';
import type { ResourceType } from '../../src/runtime/kube-client.ts';
import { specOf, statusOf } from './of-explain.ts';
import { flakeUrl, image, names } from './printed.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What is told of, on the server. */
export interface Made {
  readonly type: ResourceType;
  readonly object: Named & Readonly<Record<string, unknown>>;
  /** Written by enbi's controller. */
  readonly status?: object;
}

const { namespace } = names;
const cronJobs: ResourceType = { ...resource.jobs, kind: 'CronJob', plural: 'cronjobs' };
const deployments: ResourceType = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

/** No kubelet and no controller keeps any of it from going at once. */
export function objects(phase: string | undefined): readonly Made[] {
  const build = { apiVersion, kind: 'NixBuild', metadata: { name: names.build, namespace }, spec: specOf(flakeUrl) };
  const store = { node: names.node, tenant: namespace };
  return [
    { type: resource.nodes, object: { ...named(names.node), ...aNode } },
    { type: resource.pods, object: aPod },
    { type: resource.pods, object: { ...named('enbi-controller-5', 'enbi'), spec: podSpec('controller') } },
    ...(phase === undefined
      ? []
      : [{ type: resource.builds, object: build, status: statusOf('FlakeNotFound', phase) }]),
    { type: resource.stores, object: { apiVersion, kind: 'NixStore', ...named(names.store), spec: store } },
    { type: resource.jobs, object: { ...named(names.job, namespace), spec: { template: jobTemplate } } },
    { type: resource.jobs, object: { ...named('report-1', namespace), spec: { template: jobTemplate } } },
    { type: cronJobs, object: { ...named('report', namespace), spec: cronJobSpec } },
    { type: deployments, object: { ...named('enbi-controller', 'enbi'), spec: deploymentSpec } },
  ];
}

/** What a Job's controller would make of it. */
export function podOfJob(uid: string): Made {
  const labels = { 'batch.kubernetes.io/job-name': names.job, 'batch.kubernetes.io/controller-uid': uid };
  const metadata = { name: `${names.job}-x2x9k`, namespace, labels };
  return { type: resource.pods, object: { metadata, spec: podSpec('build') } };
}

/** These a finalizer of Kubernetes keeps, and no command changes them. */
export const lasting: readonly Made[] = [
  { type: resource.namespaces, object: named(namespace) },
  { type: resource.namespaces, object: named('enbi') },
  {
    type: resource.volumes,
    object: {
      ...named(names.store),
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/none' } },
    },
  },
];

const aPod = {
  metadata: { name: names.pod, namespace, annotations: { 'enbi.hrzn.ee/nixbuild-flakeUrl': flakeUrl } },
  spec: podSpec('web'),
};

function named(name: string, within?: string) {
  return { metadata: { name, ...(within === undefined ? {} : { namespace: within }) } };
}

function podSpec(name: string) {
  return { containers: [{ name, image }] };
}

const jobTemplate = { spec: { ...podSpec('build'), restartPolicy: 'Never' } };
const cronJobSpec = { schedule: '0 5 * * *', jobTemplate: { spec: { template: jobTemplate } } };
const app = { 'app.kubernetes.io/name': 'enbi' };
const deploymentSpec = {
  selector: { matchLabels: app },
  template: { metadata: { labels: app }, spec: podSpec('controller') },
};
const aNode = {
  spec: { unschedulable: true, taints: [{ key: 'example.com/a', value: 'b', effect: 'NoSchedule' }] },
  metadata: { name: names.node, labels: { 'enbi.hrzn.ee/repel': '', 'kubernetes.io/arch': 'amd64' } },
  status: { nodeInfo: { architecture: 'amd64', operatingSystem: 'linux' } },
};
