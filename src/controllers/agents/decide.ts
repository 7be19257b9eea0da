import { ordersAnnotation } from '../../api/labels.ts';
import { digestOf } from '../../cluster-view/told-orders.ts';
import { agentContainer } from '../../mailbox/order-reports.ts';
import { type Action, type Plan, settled } from '../../runtime/plan.ts';
import { agentJob } from './agent-job.ts';
import type { SeenAgent, SeenNode } from './observe.ts';
import { orderList } from './order-list.ts';
import type { AgentSettings } from './settings.ts';

interface Situation extends SeenNode {
  readonly now: Date;
  readonly settings: AgentSettings;
}

type Rule = (situation: Situation) => Plan | undefined;

/** One that ends as soon as it has begun is not made anew at once. */
const pauseMs = 20_000;
/** Longer than builds wait for a Pod of it until they give up: whoever comes then has a new one. */
const podlessMs = 150_000;
/** A controller that was away has read it by then. */
const heldMs = 300_000;

const agentIsOver: Rule = (situation) => {
  const { current } = situation;
  return current !== undefined && isOver(current, situation) ? removed('AgentIsOver', [current]) : undefined;
};

/** Last, since nothing waits for it: what cannot be removed keeps nobody from work. */
const othersAreOver: Rule = (situation) =>
  removed(
    'OthersAreOver',
    situation.others.filter((other) => isOverOther(other, situation)),
  );

function removed(because: string, agents: readonly SeenAgent[]): Plan | undefined {
  const left = agents.filter(({ job }) => job.metadata.deletionTimestamp === undefined);
  return left.length === 0 ? undefined : { because, actions: left.map(remove) };
}

const agentIsMissing: Rule = ({ node, work, current, settings }) => {
  if (node === undefined || current !== undefined || !isWanted({ node, work }, settings)) return undefined;
  return {
    because: 'AgentIsMissing',
    actions: [{ type: 'create', manifest: agentJob(node, settings), replaces: true }],
  };
};

/** One write, whatever has changed; and none as long as only what it is to be asked with is another, unless it is to be asked. */
const listIsAnother: Rule = ({ work, current, settings }) => {
  if (current === undefined || !takesOrders(current)) return undefined;
  const { job, pod, isHeard, isSilent, ask } = current;
  const told = pod?.orders;
  const list = orderList({ work, agent: job.metadata.name, isHeard, told: told?.ids ?? [] }, settings);
  const isTold = told !== undefined && told.digest === digestOf(list(told.ask));
  if (pod === undefined || (isTold && !(isSilent && told.ask !== ask))) return undefined;
  const { name, namespace = '', uid } = pod.metadata;
  const patch = { metadata: { annotations: { [ordersAnnotation]: list(ask) } } };
  const ref = { apiVersion: 'v1', kind: 'Pod', name, namespace, uid };
  return { because: 'ListIsAnother', actions: [{ type: 'patch', ref, patch }] };
};

const rules: readonly Rule[] = [agentIsOver, agentIsMissing, listIsAnother, othersAreOver];

/**
 *   work on the node ► make the agent's Job ► its Pod gets the list, and another whenever that differs
 *   ended ► remove it, once what it ended with has been taken note of ► make another while there is work
 *   of another enbi ► no more orders; removed when those are done that it had
 */
export function decideAgents(seen: SeenNode, now: Date, settings: AgentSettings): Plan {
  const situation = { ...seen, now, settings };
  const plan = rules.reduce<Plan | undefined>((found, rule) => found ?? rule(situation), undefined);
  const recheckAfterMs = recheckOf(situation);
  return { ...(plan ?? settled('NothingToDo')), ...(recheckAfterMs === undefined ? {} : { recheckAfterMs }) };
}

function isWanted({ work }: Pick<SeenNode, 'node' | 'work'>, { agentIdle }: Pick<AgentSettings, 'agentIdle'>): boolean {
  const isAlways = agentIdle === 'always' && work.isForBuilds;
  return isAlways || work.isComing || work.imports.length > 0 || work.pins.length > 0;
}

function isOver(agent: SeenAgent, { node, now }: Situation): boolean {
  if (node === undefined) return true;
  if (hasEnded(agent)) return msUntilGone(agent, now) <= 0;
  return !agent.job.hadPods && agent.pod === undefined && ageMs(agent, now) >= podlessMs;
}

/** It does what it was told before enbi became another, and nothing more. */
function isOverOther(agent: SeenAgent, { now }: Situation): boolean {
  return hasEnded(agent) ? msHeld(agent, now) <= 0 : !agent.isBusy;
}

function hasEnded({ job, pod }: SeenAgent): boolean {
  return job.ended || pod?.phase === 'Succeeded' || pod?.phase === 'Failed';
}

function msUntilGone(agent: SeenAgent, now: Date): number {
  return Math.max(msHeld(agent, now), hasFailed(agent) ? pauseMs - ageMs(agent, now) : 0);
}

/** Its last word is read by whoever gave the order. If that cannot be, others do not wait for ever: that import is done again. */
function msHeld({ holdsAnswer, endedAt }: SeenAgent, now: Date): number {
  if (!holdsAnswer) return 0;
  return Math.min(Date.parse(endedAt) + heldMs - now.getTime(), heldMs) || 0;
}

function hasFailed({ job, pod }: SeenAgent): boolean {
  return job.failed !== undefined || pod?.phase === 'Failed';
}

function takesOrders({ job, pod }: SeenAgent): boolean {
  const isGoing = job.metadata.deletionTimestamp !== undefined || pod?.metadata.deletionTimestamp !== undefined;
  return !isGoing && !isDead(pod) && (pod?.phase === 'Pending' || pod?.phase === 'Running');
}

/** A kubelet tells the end of a container first, and that of its Pod later. */
function isDead(pod: SeenAgent['pod']): boolean {
  return pod?.containers.some(({ name, terminated }) => name === agentContainer && terminated !== undefined) === true;
}

function ageMs({ job }: SeenAgent, now: Date): number {
  return now.getTime() - Date.parse(job.metadata.creationTimestamp ?? '');
}

function recheckOf({ work, current, others, now }: Situation): number | undefined {
  const times = [
    work.recheckAfterMs,
    current !== undefined && hasEnded(current) ? msUntilGone(current, now) : undefined,
    ...others.filter(hasEnded).map((other) => msHeld(other, now)),
    current !== undefined && !current.job.hadPods ? podlessMs - ageMs(current, now) : undefined,
  ];
  const toCome = times.filter((ms) => ms !== undefined).filter((ms) => ms > 0);
  return toCome.length === 0 ? undefined : Math.min(...toCome);
}

function remove({ job: { metadata } }: SeenAgent): Action {
  const { name, namespace = '', uid } = metadata;
  return { type: 'delete', ref: { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid } };
}
