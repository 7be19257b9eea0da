import { type OrderReport, parseOrderReport } from '../api/order-report.ts';
import { reportPrefix } from '../api/report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { agentContainer } from './order-reports.ts';

/** What a Pod that has ended with an order said of it as its termination message. */
export function answerIn(pod: PodView | undefined, order: string): OrderReport | undefined {
  const ended = pod?.containers.find(({ name }) => name === agentContainer)?.terminated;
  if (ended === undefined || ended.message === '') return undefined;
  const report = parseOrderReport(`${reportPrefix}${ended.message}`);
  return report !== undefined && 'order' in report && report.order === order ? report : undefined;
}
