import { beforeEach, expect, it } from 'vitest';
import { aNode, noon, secondsAfterNoon, someSettings } from '../../../test/support/builders.ts';
import type { AgentOrder } from '../../api/agent-order.ts';
import { label, manager, ordersAnnotation } from '../../api/labels.ts';
import { orderReportText } from '../../api/order-report.ts';
import { agentName, agentVersion } from '../../cluster-view/agent.ts';
import type { NodeWork } from '../../cluster-view/node-work.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { FakeOrderReports } from '../../mailbox/fake-order-reports.ts';
import { observeNode, type SeenNode } from './observe.ts';

const settings = someSettings();
const current = agentName(aNode(), agentVersion(settings));
const done = orderReportText({ order: 'a', state: 'done', result: { ok: true } });
let stores: Stores;
let reports: FakeOrderReports;
let version = 1;

beforeEach(() => {
  stores = createStores();
  reports = new FakeOrderReports();
  for (const store of Object.values(stores)) store.replace([], '0');
  stores.nodes.observeWrite({ metadata: meta('node-1'), spec: {}, status: {} });
});

const meta = (name: string, namespace?: string) => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: String(++version),
  creationTimestamp: noon.toISOString(),
  ...(namespace === undefined ? {} : { namespace }),
});

const marks = { [label.managedBy]: manager, [label.agentOf]: 'uid-node-1' };

function putJob(name = current, namespace = 'enbi'): void {
  const annotations = { [label.agentNode]: 'node-1' };
  stores.jobs.observeWrite({ metadata: { ...meta(name, namespace), labels: marks, annotations }, spec: {} });
}

function putPod(state: object, { name = `${current}-0`, job = current, created = noon, orders = '' } = {}): void {
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job, uid: `uid-${job}`, controller: true };
  const annotations = { [label.agentNode]: 'node-1', [ordersAnnotation]: orders };
  const metadata = { ...meta(name, 'enbi'), creationTimestamp: created.toISOString(), labels: marks, annotations };
  stores.jobPods.observeWrite({
    metadata: { ...metadata, ownerReferences: [owner] },
    spec: { nodeName: 'node-1', containers: [{ name: 'agent', image: 'enbi' }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'agent', state }] },
  });
}

function observe(...imports: readonly string[]): SeenNode {
  const work: NodeWork = {
    isComing: false,
    isForBuilds: true,
    imports: imports.map((id) => ({ agent: current, order: { id } as AgentOrder })),
    pins: [],
  };
  return observeNode('node-1', { stores, reports, workOn: () => work, settings });
}

it('knows the agent of this enbi from those of others', () => {
  putJob();
  putJob('enbi-agent-before');
  const { current: own, others } = observe();
  expect([own?.job.metadata.name, others.map(({ job }) => job.metadata.name)]).toEqual([
    current,
    ['enbi-agent-before'],
  ]);
});

it('takes no Job outside of its namespace for one', () => {
  putJob(current, 'team');
  expect(observe()).toMatchObject({ current: undefined, others: [] });
});

it('takes all for others when the node is gone', () => {
  putJob();
  stores.nodes.replace([], '99');
  expect(observe()).toMatchObject({ node: undefined, current: undefined, others: [{ isBusy: false }] });
});

it('sees the newest of its Pods', () => {
  putJob();
  putPod({ running: {} }, { name: 'first' });
  putPod({ running: {} }, { name: 'last', created: secondsAfterNoon(60) });
  putPod({ running: {} }, { name: 'second', created: secondsAfterNoon(30) });
  expect(observe().current?.pod?.metadata.name).toBe('last');
});

it('is busy, and silent until all that it is to do was heard of', () => {
  putJob();
  putPod({ running: {} });
  expect(observe().current).toMatchObject({ isBusy: false, isSilent: false, isHeard: true, ask: 'one' });
  expect(observe('a', 'b').current).toMatchObject({ isBusy: true, isSilent: true });
  reports.hear({ order: 'a', state: 'running' });
  expect(observe('a', 'b').current).toMatchObject({ isSilent: true });
  reports.hear({ order: 'b', state: 'done' });
  expect(observe('a', 'b').current).toMatchObject({ isSilent: false });
  reports.isHearing = false;
  expect(observe('a').current).toMatchObject({ isHeard: false });
});

it('holds the answer that it ended with, as long as somebody waits for it', () => {
  putJob();
  const finishedAt = secondsAfterNoon(5).toISOString();
  putPod({ terminated: { exitCode: 0, reason: 'Completed', message: done, finishedAt } });
  expect(observe('a').current).toMatchObject({ holdsAnswer: true, endedAt: finishedAt });
  expect([observe('b').current?.holdsAnswer, observe().current?.holdsAnswer]).toEqual([false, false]);
});

it('reads which orders its Pod was told', () => {
  putJob();
  putPod({ running: {} }, { orders: JSON.stringify({ ask: 'one', orders: [{ id: 'a' }] }) });
  expect(observe().current?.pod?.orders).toMatchObject({ ask: 'one', ids: ['a'] });
});
