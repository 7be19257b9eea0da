import type { ClusterUnderTest } from '../e2e/support/cluster-under-test.ts';
import { aDeployment, aNixBuild } from '../e2e/support/manifests.ts';
import type { Tenant } from '../e2e/support/tenant.ts';
import { leaderOf } from '../support/controller.ts';

export interface Soak {
  readonly cluster: ClusterUnderTest;
  readonly tenant: Tenant;
  readonly random: () => number;
  /** How many things have been made. */
  count: number;
  /** Deployments that are at their first version yet. */
  readonly first: string[];
}

export type Action = (soak: Soak) => Promise<void>;

/** A Deployment whose image does not exist. */
async function deploy(soak: Soak): Promise<void> {
  const name = `web-${++soak.count}`;
  await soak.tenant.apply(workload(soak, name, '1.0.0'));
  await soak.tenant.ready(name);
  soak.first.push(name);
}

async function rollOver(soak: Soak): Promise<void> {
  const name = soak.first.shift();
  if (name === undefined) return await deploy(soak);
  await soak.tenant.apply(workload(soak, name, '1.1.0'));
  await soak.tenant.succeeded(soak.tenant.image(name, '1.1.0'));
  await soak.tenant.kubectl(['rollout', 'status', '--timeout=180s', `deployment/${name}`]);
  await soak.tenant.kubectl(['delete', 'deployment', name]);
}

async function fail(soak: Soak): Promise<void> {
  const name = `broken-${++soak.count}`;
  const imageTag = soak.tenant.image(name, '1.0.0');
  const flakeUrl = soak.cluster.flakeAt('trouble', '1.0.0');
  await soak.tenant.apply(aNixBuild({ name, flakeUrl, packageName: 'failing', imageTag }));
  await soak.tenant.failed(imageTag);
  await soak.tenant.kubectl(['delete', 'nixbuild', name]);
}

/** While something is under way. */
function amid(disturb: (cluster: ClusterUnderTest) => Promise<void>): Action {
  return async (soak) => {
    const under = deploy(soak);
    under.catch(() => undefined);
    await disturb(soak.cluster);
    await under;
  };
}

async function killLeader(cluster: ClusterUnderTest): Promise<void> {
  const pod = ['--namespace=enbi', 'get', 'pod', (await leaderOf(cluster.kubectl)) ?? '', '-o'];
  const [node = '', container = ''] = (
    await cluster.kubectl([...pod, 'jsonpath={.spec.nodeName} {.status.containerStatuses[0].containerID}'])
  ).split(' ');
  const id = container.replace('containerd://', '');
  await cluster.on(node, 'ctr', '--namespace=k8s.io', 'tasks', 'kill', '--signal=SIGKILL', id);
}

async function deleteLeader(cluster: ClusterUnderTest): Promise<void> {
  await cluster.kubectl(['--namespace=enbi', 'delete', 'pod', (await leaderOf(cluster.kubectl)) ?? '', '--wait=false']);
}

/** Not the one with the flakes and the builds: Pods of a node that is gone are not what is tried here. */
async function restartNode(cluster: ClusterUnderTest): Promise<void> {
  await cluster.kill(cluster.otherNode);
  await cluster.start(cluster.otherNode);
}

export type Actions = readonly [readonly [string, Action], ...(readonly [string, Action])[]];

/** More roll-overs than deployments: what is there does not grow. */
export const quiet: Actions = [
  ['deploy', deploy],
  ['roll over', rollOver],
  ['roll over', rollOver],
  ['fail', fail],
];

/** Each ends a controller. */
export const disturbing: Actions = [
  ['kill the leader', amid(killLeader)],
  ["delete the leader's Pod", amid(deleteLeader)],
  ['kill a node', amid(restartNode)],
];

function workload({ tenant, cluster }: Soak, name: string, version: string): object {
  const pod = { nodeSelector: { 'kubernetes.io/hostname': cluster.node } };
  const image = tenant.image(name, version);
  return aDeployment({ name, image, flakeUrl: cluster.flake('hello'), pod });
}
