import type { OrderReport } from '../../api/order-report.ts';
import { agentName, agentNodeOf, agentVersion } from '../../cluster-view/agent.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NodeWork } from '../../cluster-view/node-work.ts';
import type { JobView } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { podOfJob } from '../../cluster-view/pod-of-job.ts';
import { answerIn, endOf } from '../../mailbox/last-word.ts';
import type { OrderReports } from '../../mailbox/order-reports.ts';
import type { ObjectStore } from '../../runtime/store.ts';
import type { AgentSettings } from './settings.ts';

export interface AgentStores {
  readonly nodes: ObjectStore<NodeView>;
  readonly jobs: ObjectStore<JobView, 'agentOf'>;
  readonly jobPods: ObjectStore<PodView, 'job'>;
}

export interface SeenAgent {
  readonly job: JobView;
  readonly pod: PodView | undefined;
  readonly isHeard: boolean;
  /** With what it is asked so that it tells whatever was missed. */
  readonly ask: string;
  /** Of the imports that it is to do, one of which nothing is known. */
  readonly isSilent: boolean;
  /** What it ended with answers an import that nobody has taken note of yet. */
  readonly holdsAnswer: boolean;
  /** When it ended; empty: it has not. */
  readonly endedAt: string;
  /** It is to do imports. */
  readonly isBusy: boolean;
}

/** Everything a decision about the agent of one node needs. */
export interface SeenNode {
  /** Undefined: it is gone. */
  readonly node: NodeView | undefined;
  readonly work: NodeWork;
  /** That of this enbi. */
  readonly current: SeenAgent | undefined;
  /** Of another enbi, of other settings, or of a node of this name that is gone. */
  readonly others: readonly SeenAgent[];
}

export interface AgentObservation {
  readonly stores: AgentStores;
  readonly reports: Pick<OrderReports, 'of' | 'hears' | 'ask'>;
  readonly workOn: (node: string) => NodeWork;
  readonly settings: AgentSettings;
}

export function observeNode(key: string, observation: AgentObservation): SeenNode {
  const { stores, settings, workOn } = observation;
  const [node, work] = [stores.nodes.get(key), workOn(key)];
  const name = node === undefined ? undefined : agentName(node, agentVersion(settings));
  const agents = stores.jobs
    .by('agentOf', key)
    .filter((job) => agentNodeOf(job, settings.namespace) === key)
    .map((job) => observeAgent(job, work, observation));
  return {
    node,
    work,
    current: agents.find(({ job }) => job.metadata.name === name),
    others: agents.filter(({ job }) => job.metadata.name !== name),
  };
}

function observeAgent(job: JobView, work: NodeWork, { stores, reports }: AgentObservation): SeenAgent {
  const pod = podOfJob(job, stores.jobPods);
  const ids = work.imports.filter(({ agent }) => agent === job.metadata.name).map(({ order }) => order.id);
  const heard = (id: string): OrderReport | undefined => (pod === undefined ? undefined : reports.of(pod, id));
  const known = ids.map(heard);
  return {
    job,
    pod,
    isHeard: pod === undefined || reports.hears(pod),
    ask: pod === undefined ? '' : reports.ask(pod),
    isSilent: known.includes(undefined),
    holdsAnswer: ids.some((id) => answerIn(pod, id) !== undefined),
    endedAt: endOf(pod)?.finishedAt ?? '',
    isBusy: ids.length > 0,
  };
}
