import * as z from 'zod';
import type { Lists } from '../e2e/support/lists.ts';
import type { Kubectl } from '../support/git-server.ts';

/** What whoever looks after the cluster sees, and an attacker does not. */
export interface Admin {
  kubectl: Kubectl;
  readonly lists: Lists;
  /** How often containers of the controller were started again, in all. */
  restarts(): Promise<number>;
  /** A gauge or counter without labels, of each of the controller's replicas that answers. */
  metric(name: string): Promise<number[]>;
  /** What the controller's replicas have logged lately. */
  controllerLog(): Promise<string>;
  /** How many builds may be under way at once on the nodes that take any. */
  slots(): Promise<number>;
}

const inEnbi = '--namespace=enbi';
const controllers = '--selector=app.kubernetes.io/name=enbi';

const Pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({ containerStatuses: z.array(z.object({ restartCount: z.int() })).default([]) }),
    }),
  ),
});

export function adminOf(kubectl: Kubectl, lists: Lists): Admin {
  const pods = async () =>
    Pods.parse(JSON.parse(await kubectl([inEnbi, 'get', 'pods', controllers, '--output=json']))).items;
  return {
    kubectl,
    lists,
    restarts: async () =>
      (await pods())
        .flatMap(({ status }) => status.containerStatuses.map(({ restartCount }) => restartCount))
        .reduce((sum, count) => sum + count, 0),
    metric: async (name) => {
      const texts = await Promise.allSettled((await pods()).map(({ metadata }) => metricsOf(kubectl, metadata.name)));
      return texts.flatMap((text) => (text.status === 'fulfilled' ? valuesOf(text.value, name) : []));
    },
    controllerLog: () => kubectl([inEnbi, 'logs', controllers, '--tail=400', '--prefix']),
    slots: () => slots(kubectl),
  };
}

function metricsOf(kubectl: Kubectl, pod: string): Promise<string> {
  return kubectl(['get', '--raw', `/api/v1/namespaces/enbi/pods/${pod}:8080/proxy/metrics`]);
}

function valuesOf(text: string, name: string): number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => Number(line.slice(name.length)));
}

const Nodes = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ unschedulable: z.boolean().default(false) }),
    }),
  ),
});

/** Those that are not cordoned. */
export async function openNodes(kubectl: Kubectl): Promise<readonly string[]> {
  const { items } = Nodes.parse(JSON.parse(await kubectl(['get', 'nodes', '--output=json'])));
  return items.filter(({ spec }) => !spec.unschedulable).map(({ metadata }) => metadata.name);
}

async function slots(kubectl: Kubectl): Promise<number> {
  const perNode = 'jsonpath={.spec.template.spec.containers[0].env[?(@.name=="ENBI_MAX_BUILDS_PER_NODE")].value}';
  const set = await kubectl([inEnbi, 'get', 'deployment', 'enbi-controller', `--output=${perNode}`]);
  return Number(set || 4) * (await openNodes(kubectl)).length;
}
