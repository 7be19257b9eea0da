import { type OrderReport, parseOrderReport } from '../api/order-report.ts';
import { reportPrefix } from '../api/report.ts';
import type { ContainerView } from '../cluster-view/container.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { agentContainer } from './order-reports.ts';

/** How the container that takes the orders ended; undefined: it has not. */
export function endOf(pod: PodView | undefined): ContainerView['terminated'] {
  return pod?.containers.find(({ name }) => name === agentContainer)?.terminated;
}

/** What a Pod that has ended with an order said of it as its termination message. */
export function answerIn(pod: PodView | undefined, order: string): OrderReport | undefined {
  const ended = endOf(pod);
  if (ended === undefined || ended.message === '') return undefined;
  const report = parseOrderReport(`${reportPrefix}${ended.message}`);
  return report !== undefined && 'order' in report && report.order === order ? report : undefined;
}
