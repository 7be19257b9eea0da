import { describe, expect, it } from 'vitest';
import { Candidacy, type Step } from './candidacy.ts';
import type { Lease } from './lease.ts';

const aLease = (holder: string, version: number): Lease => ({
  uid: 'lease-uid',
  resourceVersion: String(version),
  holder,
  durationMs: 15_000,
  transitions: 0,
});

/** What is seen, when, and what is done about it. */
type Look = readonly [lease: Lease | undefined, atMs: number, step: Step];

describe('a replica that stands by', () => {
  it.each<readonly [string, readonly Look[]]>([
    ['makes the lease when there is none', [[undefined, 0, 'create']]],
    ['takes one that nobody holds', [[aLease('', 1), 0, 'take']]],
    ['takes its own: it was restarted', [[aLease('me', 1), 0, 'take']]],
    [
      'takes one that shows no sign of life for its whole length, by its own clock',
      [
        [aLease('other', 1), 100, { waitMs: 15_000 }],
        [aLease('other', 1), 15_099, { waitMs: 1 }],
        [aLease('other', 1), 15_100, 'take'],
      ],
    ],
    [
      'waits on while it is renewed',
      [
        [aLease('other', 1), 0, { waitMs: 15_000 }],
        [aLease('other', 2), 14_000, { waitMs: 15_000 }],
        [aLease('other', 2), 20_000, { waitMs: 9000 }],
      ],
    ],
    [
      'does not count the time in which it stood still itself',
      [
        [aLease('other', 1), 0, { waitMs: 15_000 }],
        [aLease('other', 9), 60_000, { waitMs: 15_000 }],
      ],
    ],
    [
      'waits for one that was deleted as long as its holder may not know',
      [
        [aLease('other', 1), 0, { waitMs: 15_000 }],
        [undefined, 5000, { waitMs: 10_000 }],
        [undefined, 15_000, 'create'],
      ],
    ],
    [
      'takes one at once that was given back',
      [
        [aLease('other', 1), 0, { waitMs: 15_000 }],
        [aLease('', 2), 1000, 'take'],
      ],
    ],
  ])('%s', (_, looks) => {
    const candidacy = new Candidacy('me');
    for (const [lease, atMs, step] of looks) expect(candidacy.step(lease, atMs)).toEqual(step);
  });
});
