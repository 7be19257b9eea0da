import { describe, expect, it, test } from 'vitest';
import { aContainer, aJob, aNode, aPod, noon, secondsAfterNoon, someSettings } from '../../../test/support/builders.ts';
import type { AgentOrder } from '../../api/agent-order.ts';
import { AgentOrder as AgentOrderSchema } from '../../api/agent-order.ts';
import { ordersAnnotation } from '../../api/labels.ts';
import { type OrderList, parseOrderList } from '../../api/order-list.ts';
import { agentName, agentVersion } from '../../cluster-view/agent.ts';
import type { NodeWork } from '../../cluster-view/node-work.ts';
import { digestOf } from '../../cluster-view/told-orders.ts';
import type { Plan } from '../../runtime/plan.ts';
import { decideAgents } from './decide.ts';
import type { SeenAgent, SeenNode } from './observe.ts';

const settings = someSettings();
const node = aNode();
const name = agentName(node, agentVersion(settings));
const idle: NodeWork = { isComing: false, isForBuilds: true, imports: [], pins: [] };
const coming: NodeWork = { ...idle, isComing: true };
const pin: AgentOrder = { id: 'a-pin', pin: { by: 'hello-import-1' } };

function anImport(id: string): AgentOrder {
  const outPath = `/nix/store/${'a'.repeat(32)}-image.tar`;
  const owner = { namespace: 'team', name: 'hello', uid: 'u' };
  const rest = { imageName: 'git.example/a:1', system: 'x86_64-linux', owner, script: false, seconds: 1800 };
  return AgentOrderSchema.parse({ id, import: { store: { tenant: 'team' }, outPath, ...rest } });
}

function importing(...ids: readonly string[]): NodeWork {
  return { ...coming, imports: ids.map((id) => ({ agent: name, order: anImport(id) })) };
}

function anAgent(given: Partial<SeenAgent> = {}): SeenAgent {
  const job = aJob(name);
  return {
    job: { ...job, metadata: { ...job.metadata, namespace: 'enbi', creationTimestamp: noon.toISOString() } },
    pod: aPod({ name: `${name}-0`, phase: 'Running', containers: [aContainer({ name: 'agent' })] }),
    isHeard: true,
    ask: 'now-0',
    isSilent: false,
    holdsAnswer: false,
    endedAt: '',
    isBusy: false,
    ...given,
  };
}

function decide(given: Partial<SeenNode>, more: Partial<typeof settings> = {}, now = noon): Plan {
  const seen = { node, work: idle, current: undefined, others: [], ...given };
  return decideAgents(seen, now, { ...settings, ...more });
}

function listIn({ actions: [action] }: Plan): OrderList<AgentOrder> {
  if (action?.type !== 'patch') throw new Error('no list is written');
  const { metadata } = action.patch as { metadata: { annotations: Record<string, string> } };
  const text = metadata.annotations[ordersAnnotation] ?? '';
  const list = parseOrderList(text, { version: agentVersion(settings), order: AgentOrderSchema });
  if (typeof list === 'string') throw new Error(list);
  return list;
}

/** The agent as it is once it has the list that was decided on. */
function told(agent: SeenAgent, plan: Plan): SeenAgent {
  const [action] = plan.actions;
  if (action?.type !== 'patch' || agent.pod === undefined) throw new Error('no list is written');
  const { metadata } = action.patch as { metadata: { annotations: Record<string, string> } };
  const text = metadata.annotations[ordersAnnotation] ?? '';
  const ids = listIn(plan).orders.map(({ id }) => id);
  return { ...agent, pod: { ...agent.pod, orders: { digest: digestOf(text), ask: 'now-0', ids } } };
}

const endedAt = noon.toISOString();
const ended = { ...aPod({ containers: [] }), phase: 'Succeeded' };
const withAnswer = { pod: ended, holdsAnswer: true, endedAt };
const failed = { ...aJob(name), ended: true, failed: { reason: 'BackoffLimitExceeded', message: '' } };

describe('the agent of a node', () => {
  test.each<[string, Partial<SeenNode>, string]>([
    ['is not there for nothing', {}, 'NothingToDo'],
    ['is made while a build runs', { work: coming }, 'AgentIsMissing'],
    ['is made for an import', { work: importing('a') }, 'AgentIsMissing'],
    ['is made to take off a pin in time', { work: { ...idle, pins: [pin] } }, 'AgentIsMissing'],
    ['is not made on a node that is gone', { work: coming, node: undefined }, 'NothingToDo'],
    ['is removed with its node', { others: [anAgent()], node: undefined }, 'OthersAreOver'],
    ['is removed when it has ended', { current: anAgent({ pod: ended }) }, 'AgentIsOver'],
    ['stays until its last word is noted', { current: anAgent(withAnswer) }, 'NothingToDo'],
    ['is told nothing before it has a Pod', { current: anAgent({ pod: undefined }), work: coming }, 'NothingToDo'],
    ['of another enbi goes when it is idle', { others: [anAgent()] }, 'OthersAreOver'],
    ['of another enbi stays until its last word is noted', { others: [anAgent(withAnswer)] }, 'NothingToDo'],
    ['of another enbi ends what it does', { others: [anAgent({ isBusy: true })] }, 'NothingToDo'],
    ['is made beside one of another enbi', { others: [anAgent({ isBusy: true })], work: coming }, 'AgentIsMissing'],
  ])('%s', (_, given, because) => {
    expect(decide(given).because).toBe(because);
  });

  it('is there always where that is set, on nodes for builds', () => {
    expect(decide({}, { agentIdle: 'always' }).because).toBe('AgentIsMissing');
    expect(decide({ work: { ...idle, isForBuilds: false } }, { agentIdle: 'always' }).because).toBe('NothingToDo');
  });

  it('that failed is made anew after a while, not at once', () => {
    const job = { ...failed, metadata: anAgent().job.metadata };
    const current = anAgent({ job, pod: undefined });
    expect(decide({ current, work: coming }, {}, secondsAfterNoon(5))).toMatchObject({
      because: 'NothingToDo',
      recheckAfterMs: 15_000,
    });
    expect(decide({ current, work: coming }, {}, secondsAfterNoon(20)).because).toBe('AgentIsOver');
  });

  it.each(['current', 'others'])('whose last word nobody can note is not waited for for ever: %s', (which) => {
    const agent = anAgent(withAnswer);
    const given = which === 'current' ? { current: agent } : { others: [agent] };
    expect(decide({ ...given, work: importing('a') }, {}, secondsAfterNoon(290)).recheckAfterMs).toBe(10_000);
    expect(decide(given, {}, secondsAfterNoon(300)).because).toMatch(/Over$/);
    const future = { ...withAnswer, endedAt: secondsAfterNoon(1_000_000).toISOString() };
    expect(decide({ current: anAgent(future) }).recheckAfterMs).toBe(300_000);
  });

  it('has its list before others are removed, which may be refused', () => {
    const [others, work] = [[anAgent()], importing('a')];
    expect(decide({ others, work }).because).toBe('AgentIsMissing');
    const plan = decide({ others, work, current: anAgent() });
    expect(plan.because).toBe('ListIsAnother');
    expect(decide({ others, work, current: told(anAgent(), plan) }).because).toBe('OthersAreOver');
  });

  it('that gets no Pod is made anew', () => {
    const { job } = anAgent();
    const current = anAgent({ job: { ...job, hadPods: false }, pod: undefined });
    expect(decide({ current, work: coming }).recheckAfterMs).toBe(150_000);
    expect(decide({ current, work: coming }, {}, secondsAfterNoon(150)).because).toBe('AgentIsOver');
  });
});

describe('the list', () => {
  it('is written once, and again only when it is another', () => {
    const plan = decide({ current: anAgent(), work: importing('a', 'b') });
    expect(listIn(plan).orders.map(({ id }) => id)).toEqual(['a', 'b']);
    const current = told(anAgent(), plan);
    expect(decide({ current, work: importing('a', 'b') }).because).toBe('NothingToDo');
    expect(decide({ current, work: { ...idle, pins: [pin] } }).because).toBe('ListIsAnother');
  });

  it('asks anew where something may have been missed, and only then', () => {
    const work = importing('a');
    const current = { ...told(anAgent(), decide({ current: anAgent(), work })), ask: 'now-1' };
    expect(decide({ current, work }).because).toBe('NothingToDo');
    const plan = decide({ current: { ...current, isSilent: true }, work });
    expect(listIn(plan).ask).toBe('now-1');
  });

  it('is not written for an agent that has ended, though its Pod is said to run', () => {
    const terminated = { exitCode: 137, message: '', reason: 'Error', finishedAt: noon.toISOString() };
    const container = { ...aContainer({ name: 'agent' }), running: false, terminated };
    const pod = aPod({ phase: 'Running', containers: [container] });
    expect(decide({ current: anAgent({ pod }), work: importing('a') }).because).toBe('NothingToDo');
  });

  it('has what other agents do for none', () => {
    const work = { ...coming, imports: [{ agent: 'another', order: anImport('a') }] };
    expect(listIn(decide({ current: anAgent(), work })).orders).toEqual([]);
  });

  it('keeps the pin of an import that another agent does', () => {
    const order = anImport('a');
    if (!('import' in order)) throw new Error('no import');
    const pinned = { ...order, import: { ...order.import, pin: { by: 'hello-import-1', seconds: 600 } } };
    const work = { ...coming, imports: [{ agent: 'another', order: pinned }] };
    expect(listIn(decide({ current: anAgent(), work })).orders).toMatchObject([
      { id: 'a-pin', order: { pin: { by: 'hello-import-1' } } },
    ]);
  });

  it('keeps what it has before what comes, however long that has waited', () => {
    const current = told(anAgent(), decide({ current: anAgent(), work: importing('b', 'c') }));
    const plan = decide({ current, work: importing('a', 'b', 'c') });
    expect(listIn(plan).orders.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
    expect(decide({ current: told(anAgent(), plan), work: importing('a', 'b', 'c') }).because).toBe('NothingToDo');
    const unheard = told(anAgent(), decide({ current: anAgent({ isHeard: false }), work: importing('b') }));
    const next = decide({ current: { ...unheard, isHeard: false }, work: importing('a', 'b') });
    expect(next.because).toBe('NothingToDo');
  });

  it('has one import as the last one where its reports are not heard, and all pins', () => {
    const work = { ...importing('a', 'b'), pins: [pin] };
    const list = listIn(decide({ current: anAgent({ isHeard: false }), work }));
    expect(list.orders.map(({ id, once }) => [id, once])).toEqual([
      ['a', true],
      ['a-pin', false],
    ]);
  });

  it('is never longer than whoever reads it takes', () => {
    const ids = Array.from({ length: 100 }, (_, at) => `order-${at}`);
    const { orders } = listIn(decide({ current: anAgent(), work: importing(...ids) }));
    expect(orders.map(({ id }) => id)).toEqual(ids.slice(0, 64));
  });

  it('has no more bytes than that, and pins what still fits', () => {
    const long = importing(...Array.from({ length: 60 }, (_, at) => `order-${at}`));
    const imports = long.imports.map(({ agent, order }) =>
      'import' in order
        ? {
            agent,
            order: {
              ...order,
              import: { ...order.import, openHosts: Array.from({ length: 20 }, () => 'x'.repeat(255)) },
            },
          }
        : { agent, order },
    );
    const { orders } = listIn(decide({ current: anAgent(), work: { ...long, imports, pins: [pin] } }));
    expect([orders.length > 20, orders.length < 60, orders.at(-1)?.id]).toEqual([true, true, 'a-pin']);
  });

  it.each<[string, NodeWork, number | 'always', number | undefined]>([
    ['as long as is set', idle, 60, 60],
    ['not at all', idle, 0, 0],
    ['for a build, however long', coming, 0, 86_400],
    ['for ever', idle, 'always', undefined],
  ])('has the agent stay %s', (_, work, agentIdle, seconds) => {
    expect(listIn(decide({ current: anAgent(), work }, { agentIdle })).staySeconds).toBe(seconds);
  });
});
