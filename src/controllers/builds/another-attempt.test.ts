import { describe, expect, it, test } from 'vitest';
import { aBuild, aJob, aJobPod, aNode, aPod, aStore, noon, someSettings } from '../../../test/support/builders.ts';
import { aSeenBuild } from '../../../test/support/seen-build.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import type { Reason } from '../../api/reasons.ts';
import { type Pace, type Retry, retries } from '../../api/retries.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { decideBuild } from './decide.ts';
import { jobName } from './names.ts';
import type { SeenBuild } from './observe.ts';

const day = 86_400_000;
const pinned = `git+https://git.example/hello?rev=${'a'.repeat(40)}`;
const settings = someSettings({ maxAttempts: 3 });

function seen(build: NixBuild, given: Partial<SeenBuild> = {}): SeenBuild {
  return aSeenBuild({ build, node: aNode(), store: aStore(), ...given });
}

/** The status after the nth attempt has failed so at `now`. */
function afterFailure(reason: Reason, retry: boolean, { attempts = 1, now = noon, forgiven = 0, flakeUrl = '' } = {}) {
  const status: NixBuildStatus = {
    status: 'Building',
    buildNode: 'node-1',
    attempts,
    attemptsForgiven: forgiven,
    buildJobName: jobName(aBuild({ status: { attempts } })),
  };
  const build = aBuild({ status, ...(flakeUrl === '' ? {} : { spec: { flakeUrl } }) });
  const message = { ok: false, reason, retry, message: 'x' };
  const buildJob = { job: aJob(), pod: aJobPod({ build: { exitCode: 10, message } }), said: new Map(), trouble: '' };
  const plan = decideBuild(seen(build, { buildJob }), now, settings);
  const merged = Object.entries({ ...status, ...plan.status?.status }).filter(([, value]) => value !== null);
  return { ...build, status: Object.fromEntries(merged) as NixBuildStatus };
}

function outcome({ status }: NixBuild): string {
  const { status: phase, nextAttemptTime } = status;
  return nextAttemptTime === undefined
    ? `${phase}`
    : `${phase}, again after ${(Date.parse(nextAttemptTime) - noon.getTime()) / 1000} s`;
}

function madeAfter(seconds: number, given: Parameters<typeof aPod>[0] = {}): PodView {
  const creationTimestamp = new Date(noon.getTime() + seconds * 1000).toISOString().replace('.000', '');
  return aPod({ name: `made-after-${seconds}`, creationTimestamp, ...given });
}

/** After the first failure, after the last of `--max-attempts`, after so many that a day is over. */
const outcomes: Readonly<Partial<Record<Pace, readonly [string, string, string]>>> = {
  soon: ['Pending, again after 10 s', 'Failed', 'Failed'],
  'soon, then slowly': ['Pending, again after 10 s', 'Failed, again after 60 s', 'Failed'],
  slowly: ['Failed, again after 60 s', 'Failed, again after 240 s', 'Failed'],
  never: ['Failed', 'Failed', 'Failed'],
};

/** Told by a stage, or worked out by the controller from what it sees. */
const rows = Object.entries<Retry>(retries).flatMap(([reason, { passing, lasting, newPod }]) =>
  [['passes', true, passing] as const, ['lasts', false, lasting] as const].flatMap(([kind, retry, pace]) => {
    const expected = pace === undefined ? undefined : outcomes[pace];
    return expected === undefined ? [] : [{ reason: reason as Reason, kind, retry, expected, newPod }];
  }),
);

describe('a failure', () => {
  it.each(rows)('$reason that $kind goes on by itself as the table says', ({ reason, retry, expected }) => {
    const after = [1, 3, 40].map((attempts) => outcome(afterFailure(reason, retry, { attempts })));
    expect(after).toEqual(expected);
  });

  it.each(rows)('$reason that $kind goes on with a new Pod as the table says', ({ reason, retry, newPod }) => {
    const goesOn = (flakeUrl: string, pod: PodView, seconds: number) => {
      const build = afterFailure(reason, retry, { attempts: 3, flakeUrl });
      if (build.status.status !== 'Failed') return false;
      const now = new Date(noon.getTime() + seconds * 1000);
      return decideBuild(seen(build, { waiting: [pod] }), now, settings).because === 'PodAsksAnew';
    };
    const moving = 'git+https://git.example/hello?ref=refs/tags/1.0';
    expect(goesOn(moving, madeAfter(1), 40)).toBe(newPod !== 'no');
    expect(goesOn(pinned, madeAfter(1), 40)).toBe(newPod === 'yes');
    expect(goesOn(moving, madeAfter(1), 39)).toBe(false);
    expect(goesOn(moving, madeAfter(0), 40)).toBe(false);
    expect(goesOn(moving, madeAfter(-60), 40)).toBe(false);
  });
});

it.each(['JobDeleted', 'JobChanged', 'NodeLost'] as const)(
  'a build that says %s of itself gets no more attempts by it than any other',
  (reason) => {
    const after = [1, 3, 40].map((attempts) => outcome(afterFailure(reason, true, { attempts })));
    expect(after).toEqual(['Pending, again after 10 s', 'Failed', 'Failed']);
  },
);

test('the table has a row for every failure that a test of decisions knows', () => {
  expect(rows.length).toBeGreaterThan(30);
});

describe('what somebody is about to mend', () => {
  const notFound = () => afterFailure('FlakeNotFound', false);

  it('is told with what makes it go on', () => {
    const ready = notFound().status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.message).toBe(
      'x; tried again by itself for a day, when a new Pod asks for the image, or with ' +
        'kubectl enbi retry --namespace team hello-1-0-abc',
    );
  });

  it('is looked at when it is due, and not before', () => {
    const at = (seconds: number) => decideBuild(seen(notFound()), new Date(noon.getTime() + seconds * 1000), settings);
    expect(at(59)).toMatchObject({ because: 'NextAttemptIsNotDue', recheckAfterMs: 1000, actions: [] });
    expect(at(60)).toMatchObject({ because: 'NextAttemptIsDue', status: { status: { status: 'Pending' } } });
  });

  it('keeps its failure readable, and its version, until the attempt begins', () => {
    const { status } = decideBuild(seen(notFound()), new Date(noon.getTime() + 60_000), settings).status ?? {};
    expect(status).not.toHaveProperty('failure');
    expect(status).not.toHaveProperty('lockedUrl');
    expect(status).toMatchObject({ nextAttemptTime: null, completionTime: null, buildNode: null });
  });

  it('is built by a new Pod as the version that the reference means by now', () => {
    const asks = (status: NixBuildStatus) => {
      const build = notFound();
      const situation = seen({ ...build, status: { ...build.status, ...status } }, { waiting: [madeAfter(1)] });
      return decideBuild(situation, new Date(noon.getTime() + 20_000), settings).status?.status;
    };
    expect(asks({})).toMatchObject({ status: 'Pending', lockedUrl: null });
    expect(asks({ nodes: ['node-2'] })).not.toHaveProperty('lockedUrl');
  });

  it('rests when no Pod names the image that Pods asked for, and says so', () => {
    const history = { verdict: 'failure', newer: 0 } as const;
    const build = notFound();
    const plan = decideBuild(seen(build, { history }), new Date(noon.getTime() + 60_000), settings);
    expect(plan).toMatchObject({ because: 'NobodyWaitsForNext', status: { status: { nextAttemptTime: null } } });
    const { nextAttemptTime: _, ...status } = build.status;
    const rested = decideBuild(seen({ ...build, status }, { history }), new Date(noon.getTime() + day), settings);
    expect(rested.status).toBeUndefined();
  });

  it('can be cancelled: then no Pod asks for it either', () => {
    const build = notFound();
    const metadata = { ...build.metadata, annotations: { 'enbi.hrzn.ee/cancel': 'now' } };
    const plan = decideBuild(seen({ ...build, metadata }), noon, settings);
    expect(plan).toMatchObject({ because: 'CancelWasAsked', status: { status: { status: 'Cancelled' } } });
    expect(plan.status?.status).toMatchObject({ nextAttemptTime: null });
    const cancelled = aBuild({ status: { ...build.status, status: 'Cancelled' } });
    expect(
      decideBuild(seen(cancelled, { waiting: [madeAfter(1)] }), new Date(noon.getTime() + day), settings).status,
    ).toBeUndefined();
  });

  it('is not tried again for a time that is not enbi’s', () => {
    const build = afterFailure('BuilderFailed', false);
    const forged = { ...build, status: { ...build.status, nextAttemptTime: noon.toISOString() } };
    expect(decideBuild(seen(forged), new Date(noon.getTime() + 1000), settings).status).toBeUndefined();
  });
});

/** Every attempt fails at once and in the same way; how many begin on each day. */
function attemptsPerDay(reason: Reason, retry: boolean, podEverySeconds: number | undefined): readonly number[] {
  const begun: number[] = [];
  let build = afterFailure(reason, retry);
  let second = 0;
  while (second < 4 * 86_400) {
    const now = new Date(noon.getTime() + second * 1000);
    const made = podEverySeconds === undefined ? -60 : second;
    const plan = decideBuild(seen(build, { waiting: [madeAfter(made)] }), now, settings);
    const { status } = plan;
    if (status === undefined) {
      second += podEverySeconds ?? Math.ceil((plan.recheckAfterMs ?? 60_000) / 1000);
      continue;
    }
    const change = status.status as NixBuildStatus;
    const attempts = (build.status.attempts ?? 0) + 1;
    const forgiven = change.attemptsForgiven ?? build.status.attemptsForgiven ?? 0;
    begun.push(Math.floor(second / 86_400));
    build = afterFailure(reason, retry, { attempts, forgiven, now });
  }
  return [0, 1, 2, 3].map((which) => begun.filter((each) => each === which).length);
}

describe('attempts of a build that never succeeds', () => {
  it('end after a day', () => {
    const [first = 0, ...later] = attemptsPerDay('FlakeNotFound', false, undefined);
    expect(first).toBe(28);
    expect(later).toEqual([0, 0, 0]);
  });

  it.each<[Reason, boolean, number]>([
    // The host may be back, or the tag be pushed, at any time.
    ['FlakeNotFound', false, 60],
    ['BuilderFailed', false, 12],
    ['OutOfMemory', true, 12],
    ['InternalError', false, 12],
    ['NameConflict', false, 0],
  ])('are few a day while a Pod is made every minute: %s', (reason, retry, most) => {
    const counts = attemptsPerDay(reason, retry, 60);
    expect(Math.max(...counts)).toBeLessThanOrEqual(most);
    expect(Math.min(...counts) > 0).toBe(most > 0);
  });
});
