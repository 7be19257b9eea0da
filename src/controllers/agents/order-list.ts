import type { AgentOrder } from '../../api/agent-order.ts';
import { type OrderList, orderListLimits } from '../../api/order-list.ts';
import { agentVersion } from '../../cluster-view/agent.ts';
import type { NodeWork } from '../../cluster-view/node-work.ts';
import type { AgentSettings } from './settings.ts';

/** While a build runs an agent waits for it, however long that takes; if enbi is taken away meanwhile, it ends in the end. */
const longStaySeconds = 86_400;

interface Listing {
  readonly work: NodeWork;
  /** The Job of the agent whose list it is. */
  readonly agent: string;
  /** Ids of its list as it is. */
  readonly told: readonly string[];
  /** What it reports is heard. If not, it has one import at a time and ends with it, so that the kubelet tells. */
  readonly isHeard: boolean;
}

/** The list for an agent, once it is known what it is to be asked with. */
export type List = (ask: string) => string;

/** What leaves the list is stopped: what comes, however long it has waited, comes behind what is there. */
function toldFirst(orders: readonly AgentOrder[], told: readonly string[]): readonly AgentOrder[] {
  const known = told.flatMap((id) => orders.find((order) => order.id === id) ?? []);
  return [...known, ...orders.filter(({ id }) => !told.includes(id))];
}

export function orderList({ work, agent, isHeard, told }: Listing, settings: AgentSettings): List {
  const own = work.imports.filter((wanted) => wanted.agent === agent).map(({ order }) => order);
  const imports = toldFirst(own, told);
  const given = isHeard ? imports : imports.slice(0, 1).map((order) => ({ ...order, once: true as const }));
  const elsewhere = work.imports.filter((wanted) => wanted.agent !== agent).flatMap(({ order }) => pinIn(order));
  const orders = thoseThatFit([...given, ...elsewhere, ...work.pins]);
  const list = { version: agentVersion(settings), atOnce: Math.min(settings.maxBuildsPerNode, 64), orders };
  const stay = staySeconds(work, settings);
  return (ask) => textOf({ ...list, ask, ...(stay === undefined ? {} : { staySeconds: stay }) });
}

/** An import that another agent does pins on the same node: this one is not to take that off. */
function pinIn(order: AgentOrder): readonly AgentOrder[] {
  const by = 'import' in order ? order.import.pin?.by : undefined;
  return by === undefined ? [] : [{ id: `${order.id}-pin`, pin: { by } }];
}

function staySeconds({ isComing }: NodeWork, { agentIdle }: AgentSettings): number | undefined {
  if (agentIdle === 'always') return undefined;
  return isComing ? Math.max(longStaySeconds, agentIdle) : agentIdle;
}

type Text = Omit<OrderList<AgentOrder>, 'orders'> & { readonly orders: readonly AgentOrder[] };

function textOf({ version, ask, ...rest }: Text): string {
  return JSON.stringify({ version, ask, ...rest });
}

/** Of the list's own words. */
const frameBytes = 2048;

/** What does not fit waits for the next list. */
function thoseThatFit(orders: readonly AgentOrder[]): readonly AgentOrder[] {
  let left = orderListLimits.bytes - frameBytes;
  return orders.slice(0, orderListLimits.orders).filter((order) => {
    const bytes = Buffer.byteLength(JSON.stringify(order)) + 1;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
}
