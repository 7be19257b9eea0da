import { label, ordersAnnotation } from '../../../src/api/labels.ts';
import { parseOrderReport } from '../../../src/api/order-report.ts';
import { agentContainer } from '../../../src/mailbox/order-reports.ts';
import type { NixBuild, Pod } from '../../support/objects.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';

/** Pods of the agents of all nodes, also those that have ended. */
export async function agentPods({ lists }: Pick<ClusterUnderTest, 'lists'>): Promise<Pod[]> {
  return (await lists.pods('enbi')).filter(({ metadata }) => metadata.labels[label.component] === 'agent');
}

/** The agents that live. */
export async function liveAgents(cluster: Pick<ClusterUnderTest, 'lists'>): Promise<Pod[]> {
  const isAlive = ({ status }: Pod) => status.containerStatuses.some(({ state }) => state.running !== undefined);
  return (await agentPods(cluster)).filter(isAlive);
}

export async function agentLog({ lists }: Pick<ClusterUnderTest, 'lists'>, { metadata }: Pod): Promise<string[]> {
  const { namespace, name } = metadata;
  return (await lists.log({ namespace, name, container: agentContainer })).split('\n');
}

/** The orders of this NixBuild that were carried out, as the agents that are still there tell; twice what two of them have done. */
export async function importsOf(cluster: Pick<ClusterUnderTest, 'lists'>, { metadata }: NixBuild): Promise<string[]> {
  const done = async (pod: Pod) => {
    const reports = (await agentLog(cluster, pod)).map(parseOrderReport).filter((report) => report !== undefined);
    const orders = reports.flatMap((report) => ('order' in report && report.state === 'done' ? [report.order] : []));
    return [...new Set(orders)].filter((order) => order.startsWith(`${metadata.uid}-`));
  };
  return (await Promise.all((await agentPods(cluster)).map(done))).flat();
}

/** Whether an agent is told of an order of this NixBuild whose id ends so. */
export async function isListed(
  cluster: Pick<ClusterUnderTest, 'lists'>,
  { metadata }: NixBuild,
  ending = '',
): Promise<boolean> {
  const lists = (await agentPods(cluster)).map((pod) => pod.metadata.annotations[ordersAnnotation] ?? '');
  return lists.some((list) => new RegExp(`"id":"${metadata.uid}-\\d+${ending}"`).test(list));
}
