import { passesAtOnce } from '../../../src/runtime/controller.ts';
import type { Fault } from '../plan.ts';

export type FaultKind = 'write' | 'read' | 'event' | 'line' | 'agent';

/** What may be otherwise than undisturbed because of a fault. */
export interface Cost {
  /** So many writes more. */
  readonly writes: number;
  /** Events that nobody is told: what a pass has to say dies with its controller, and the next finds nothing new. */
  readonly untold: number;
  /** Imports, and lists of orders, more than undisturbed; and pins that nobody is left to take off before their date. */
  readonly imports: number;
  readonly lists: number;
  readonly pins: number;
}

const nothing: Cost = { writes: 0, untold: 0, imports: 0, lists: 0, pins: 0 };
/** It is done and enbi does not know it: it looks again, finds it done, and has nothing left to tell. */
const unanswered: Cost = { ...nothing, untold: 2 };
/** Each pass that is under way in the controllers but that of agents, which tells nothing, may be about to tell something. An agent that imports is asked by the next controller how far it is. */
const death: Cost = { ...nothing, writes: 1, lists: 1, untold: 3 * passesAtOnce };
/** Its Job is removed and another made, which is told what is to be done, and imports what the one before has or has not. */
const agentDeath: Cost = { ...nothing, writes: 6, imports: 1, lists: 3, pins: 1 };

/**
 * By what a fault hits, what it may cost; whatever is not named costs nothing. Hardly any costs a write: what never arrived
 * is written once, and what was not answered is read before it is written again, by this controller or the next.
 */
const costs: Readonly<Record<FaultKind, Partial<Record<Fault['does'], Cost>>>> = {
  write: {
    cut: unanswered,
    half: unanswered,
    '504': unanswered,
    'kill-before': death,
    'kill-after': death,
  },
  read: { 'kill-before': death, 'kill-after': death },
  event: { kill: death, 'kill-lag': death },
  line: { kill: death },
  agent: { kill: death, 'kill-agent': agentDeath, 'kill-agent-after': agentDeath, 'evict-agent': agentDeath },
};

export function kindOf({ at: { moment } }: Fault): FaultKind {
  const [verb] = moment.split(' ');
  if (verb === 'watch') return 'event';
  if (verb === 'line' || verb === 'agent') return verb;
  return verb === 'list' || verb === 'get' || verb === 'other' ? 'read' : 'write';
}

export function costOf(faults: readonly Fault[]): Cost {
  return faults.map(costOfOne).reduce(sum, nothing);
}

function costOfOne(fault: Fault): Cost {
  // An event that cannot be written is logged and not said again.
  if (fault.at.moment === 'create events') return { ...nothing, untold: isDeath(fault) ? death.untold + 1 : 1 };
  // The client takes a connection that breaks for a stale one and sends the request again. To wake a Pod twice is the one write
  // that the server does twice: creates are not sent again, deletes find nothing, and a status is of one version.
  if (fault.at.moment === 'patch pods' && fault.does === 'cut') return { ...unanswered, writes: 1, lists: 1 };
  // A build that begins while its store's volume or claim cannot be seen yet says that it waits for it.
  if (/^watch persistentvolume(claim)?s$/.test(fault.at.moment)) return sum({ ...nothing, writes: 1 }, usual(fault));
  // A build begins in a container that runs already: whose log cannot be read just then is told to build first, then how far it is.
  if (fault.at.moment === 'get pods/log' && !isDeath(fault)) return { ...nothing, writes: 1 };
  // What ran before a cut may be done: the agent is asked.
  if (fault.at.moment === 'line pods/log agent' && !isDeath(fault)) return { ...nothing, writes: 1, lists: 1 };
  return usual(fault);
}

function usual(fault: Fault): Cost {
  return costs[kindOf(fault)][fault.does] ?? nothing;
}

function isDeath({ does }: Fault): boolean {
  return does.startsWith('kill');
}

function sum(one: Cost, other: Cost): Cost {
  return {
    writes: one.writes + other.writes,
    untold: one.untold + other.untold,
    imports: one.imports + other.imports,
    lists: one.lists + other.lists,
    pins: one.pins + other.pins,
  };
}
