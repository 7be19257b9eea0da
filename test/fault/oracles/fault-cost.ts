import { passesAtOnce } from '../../../src/runtime/controller.ts';
import type { Fault } from '../plan.ts';

export type FaultKind = 'write' | 'read' | 'event' | 'line';

/** What may be otherwise than undisturbed because of a fault. */
export interface Cost {
  /** So many writes more. */
  readonly writes: number;
  /** Events that nobody is told: what a pass has to say dies with its controller, and the next finds nothing new. */
  readonly untold: number;
}

const nothing: Cost = { writes: 0, untold: 0 };
/** It is done and enbi does not know it: it looks again, finds it done, and has nothing left to tell. */
const unanswered: Cost = { writes: 0, untold: 2 };
/** Each pass that is under way in the three controllers may be about to tell something. */
const death: Cost = { writes: 0, untold: 3 * passesAtOnce };

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
};

export function kindOf({ at: { moment } }: Fault): FaultKind {
  const [verb] = moment.split(' ');
  if (verb === 'watch') return 'event';
  if (verb === 'line') return 'line';
  return verb === 'list' || verb === 'get' || verb === 'other' ? 'read' : 'write';
}

export function costOf(faults: readonly Fault[]): Cost {
  return faults.map(costOfOne).reduce(sum, nothing);
}

function costOfOne(fault: Fault): Cost {
  // An event that cannot be written is logged and not said again.
  if (fault.at.moment === 'create events') return { writes: 0, untold: isDeath(fault) ? death.untold + 1 : 1 };
  // The client takes a connection that breaks for a stale one and sends the request again. To wake a Pod twice is the one write
  // that the server does twice: creates are not sent again, deletes find nothing, and a status is of one version.
  if (fault.at.moment === 'patch pods' && fault.does === 'cut') return { ...unanswered, writes: 1 };
  // A build that begins while its store's volume or claim cannot be seen yet says that it waits for it.
  if (/^watch persistentvolume(claim)?s$/.test(fault.at.moment)) return sum({ writes: 1, untold: 0 }, usual(fault));
  // A build begins in a container that runs already: whose log cannot be read just then is told to build first, then how far it is.
  if (fault.at.moment === 'get pods/log' && !isDeath(fault)) return { writes: 1, untold: 0 };
  return usual(fault);
}

function usual(fault: Fault): Cost {
  return costs[kindOf(fault)][fault.does] ?? nothing;
}

function isDeath({ does }: Fault): boolean {
  return does.startsWith('kill');
}

function sum(one: Cost, other: Cost): Cost {
  return { writes: one.writes + other.writes, untold: one.untold + other.untold };
}
