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
    counts: 'logs of containers of builds and imports that are followed at once',
    value: 128,
    unit: '',
    beyond:
      'What the others come to is seen when their containers have ended, up to a second later, and they tell no progress.',
  },
} as const satisfies Readonly<Record<string, Ceiling>>;
