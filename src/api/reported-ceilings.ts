import type { Ceiling } from './ceiling.ts';

/** Bounds on the figures of results and status, which are a tenant's. Part of `ceilings`. */
export const reportedCeilings = {
  reportedBytes: {
    scope: 'object',
    counts: 'a size that the Pod of a build, or a status, says: of a store, of the free disk, of what was copied',
    value: 2 ** 50,
    unit: 'bytes',
    beyond:
      "enbi's own programs say that much and no more. A result that says more is none: `InvalidResult`. In a status the field counts as absent.",
  },
  reportedCount: {
    scope: 'object',
    counts: 'a number that the Pod of a build says: of derivations, of store paths, of layers',
    value: 1_000_000_000,
    unit: '',
    beyond: 'The result is none: `InvalidResult`.',
  },
  followedLogs: {
    scope: 'cluster',
    counts: 'logs of containers of builds, and as many of agents, that are followed at once',
    value: 128,
    unit: '',
    beyond:
      'What the others come to is seen when their containers have ended, up to a second later, and they tell no progress. An agent takes one order and ends with it.',
  },
  orders: {
    scope: 'object',
    counts: 'orders that the agent of a node has at once',
    value: 64,
    unit: '',
    beyond:
      'The others wait for one of its next lists; imports come before pins, and what has waited longest comes first.',
  },
  orderBytes: {
    scope: 'object',
    counts: "the list of an agent's orders, of the 256 KiB that all annotations of a Pod have",
    value: 192 * 1024,
    unit: 'bytes',
    beyond: 'The same. An agent passes a longer list over, says so, and goes on with the one before.',
  },
} as const satisfies Readonly<Record<string, Ceiling>>;
