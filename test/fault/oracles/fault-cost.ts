import type { Fault } from '../plan.ts';

export type FaultKind = 'write' | 'read' | 'event';

/** What may be otherwise than undisturbed because of a fault. */
export interface Cost {
  /** So many writes more. */
  readonly writes: number;
  /** Events that nobody is told: what a pass has to say dies with its controller, and the next finds nothing new. */
  readonly untold: number;
}

const nothing: Cost = { writes: 0, untold: 0 };
/** It is done and enbi does not know it. What never arrived is written once, as undisturbed. */
const writtenTwice: Cost = { writes: 1, untold: 0 };
/** Each of the three controllers may be about to tell something. */
const death: Cost = { writes: 0, untold: 3 };

/** By what a fault hits, what it may cost. Whatever is not named costs nothing. */
const costs: Readonly<Record<FaultKind, Partial<Record<Fault['does'], Cost>>>> = {
  write: {
    cut: writtenTwice,
    half: writtenTwice,
    '504': writtenTwice,
    'kill-before': death,
    'kill-after': sum(death, writtenTwice),
  },
  read: { 'kill-before': death, 'kill-after': death },
  event: { kill: death, 'kill-lag': death },
};

export function kindOf({ at: { moment } }: Fault): FaultKind {
  const [verb] = moment.split(' ');
  if (verb === 'watch') return 'event';
  return verb === 'list' || verb === 'get' || verb === 'other' ? 'read' : 'write';
}

export function costOf(faults: readonly Fault[]): Cost {
  return faults.map(costOfOne).reduce(sum, nothing);
}

function costOfOne(fault: Fault): Cost {
  // An event that cannot be written is logged and not said again.
  if (fault.at.moment === 'create events') return { writes: 0, untold: isDeath(fault) ? death.untold + 1 : 1 };
  return costs[kindOf(fault)][fault.does] ?? nothing;
}

function isDeath({ does }: Fault): boolean {
  return does.startsWith('kill');
}

function sum(one: Cost, other: Cost): Cost {
  return { writes: one.writes + other.writes, untold: one.untold + other.untold };
}
