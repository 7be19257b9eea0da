import { describe, expect, it, test } from 'vitest';
import {
  aBuilder,
  aContainer,
  aPod,
  aStore,
  noon,
  secondsAfterNoon,
  someSettings,
} from '../../../test/support/builders.ts';
import { BuilderOrder } from '../../api/builder-order.ts';
import { ceilings } from '../../api/ceilings.ts';
import { ordersAnnotation } from '../../api/labels.ts';
import { parseOrderList } from '../../api/order-list.ts';
import type { BuilderWork } from '../../cluster-view/builder.ts';
import { builderList, gistOf } from '../../cluster-view/builder-list.ts';
import { digestOf } from '../../cluster-view/told-orders.ts';
import type { Plan } from '../../runtime/plan.ts';
import { decideBuilder } from './decide.ts';
import type { SeenBuilder } from './observe.ts';

const settings = someSettings({ builderIdle: 300 });
const { image } = settings;
const nix = { extraPlatforms: [], timeoutSeconds: 1, maxSilentSeconds: 1, maxJobs: 1, cores: 0 };
const anOrder = (id: string): BuilderOrder => {
  const build = { flakeUrl: 'github:a/b', packageName: 'default', system: 'x86_64-linux', isolation: 'Unprivileged' };
  return BuilderOrder.parse({ id, build: { ...build, root: 'a', fetchCache: 'public', nix } });
};

const idle: BuilderWork = {
  order: undefined,
  isWanted: false,
  isGivenUp: false,
  isToBeRead: false,
  logKeptUntil: undefined,
  doneAt: noon.getTime(),
};
const building: BuilderWork = { ...idle, order: anOrder('a'), isWanted: true };
const failed: BuilderWork = { ...idle, isToBeRead: true, isGivenUp: true };
const kept: BuilderWork = { ...idle, logKeptUntil: secondsAfterNoon(60).getTime() };

const told = (order: Parameters<typeof builderList>[0]) => ({
  digest: digestOf(gistOf(builderList(order, image))),
  ask: '',
  ids: [],
});
const { waiting: _, ...runs } = aContainer({ image, running: true });
const both = [
  { ...runs, name: 'fetch' },
  { ...runs, name: 'build' },
];
const end = (exitCode: number) => ({ exitCode, reason: '', message: '', finishedAt: noon.toISOString() });
const ends = (name: string, exitCode: number) => ({ ...runs, name, running: false, terminated: end(exitCode) });
const pod = aPod({ name: 'builder-0', phase: 'Running', containers: both, orders: told(undefined) });
const busy = { ...pod, orders: told({ id: 'a' }) };
const gone = { ...pod, phase: 'Succeeded', containers: [ends('fetch', 0), ends('build', 0)] };
const broken = { ...busy, containers: [both[0] ?? runs, ends('build', 10)] };

function decide(given: Partial<SeenBuilder>, seconds = 0): Plan {
  const seen = { job: aBuilder(), pod, store: aStore(), work: idle, isHeard: true, newerEnded: 0, unplaced: [] };
  return decideBuilder({ ...seen, ...given }, secondsAfterNoon(seconds), settings);
}

function listIn({ actions: [action] }: Plan): string {
  if (action?.type !== 'patch') return 'none';
  const { metadata } = action.patch as { metadata: { annotations: Record<string, string> } };
  return metadata.annotations[ordersAnnotation] ?? '';
}

const newPod = aPod({ creationTimestamp: secondsAfterNoon(5).toISOString() });
const oldPod = aPod({ creationTimestamp: secondsAfterNoon(-5).toISOString() });

describe('a builder', () => {
  test.each<[string, Partial<SeenBuilder>, string]>([
    ['that has nothing to do waits', {}, 'BuilderIsIdle'],
    ['gets the order of a build that has taken it', { work: building }, 'ListIsAnother'],
    ['is told once', { work: building, pod: busy }, 'BuilderBuilds'],
    ['has off its list what is not to be built any more', { pod: busy }, 'ListIsAnother'],
    [
      'is told nothing before it has a Pod',
      { work: building, pod: undefined, job: { ...aBuilder(), hadPods: false } },
      'BuilderBuilds',
    ],
    [
      'that is being deleted is left alone',
      { job: aBuilder('b', 'k', { deletionTimestamp: noon.toISOString() }) },
      'BuilderIsGoing',
    ],
    ['that has ended goes', { pod: gone }, 'BuilderHasEnded'],
    ['that has ended stays for a log', { pod: gone, work: kept }, 'LogIsKept'],
    [
      'that has ended goes when others did that later',
      { pod: gone, work: kept, newerEnded: ceilings.keptJobs.value },
      'BuilderHasEnded',
    ],
    ['in which a build failed stays to be looked at', { pod: broken, work: failed }, 'BuilderIsKept'],
    ['that failed goes when nobody is to look at it', { pod: broken }, 'BuilderHasEnded'],
    ['whose Pod was taken away stays as long as its build says so', { pod: undefined, work: failed }, 'BuilderIsKept'],
    ['that does what was given up goes', { pod: busy, work: failed }, 'BuilderIsGivenUp'],
    ['goes with a store that is not ready', { store: aStore({ ready: 'False' }) }, 'StoreIsNotReady'],
    ['goes when its store has gone', { store: undefined }, 'StoreIsNotReady'],
    ['builds on though its store is not ready', { store: undefined, work: building, pod: busy }, 'BuilderBuilds'],
    [
      'that never began goes when its build has',
      { pod: aPod({ containers: [aContainer({ image })] }) },
      'BuilderHasNotBegun',
    ],
    ['of another enbi goes', { pod: { ...pod, containers: [{ ...runs, image: 'enbi:old' }] } }, 'BuilderIsOfAnother'],
    [
      'of another enbi ends what it does, and is told nothing',
      { work: building, pod: { ...pod, containers: [{ ...runs, image: 'enbi:old' }] } },
      'BuilderBuilds',
    ],
    ['goes when a Pod that came since finds no room', { unplaced: [newPod] }, 'BuilderIsInTheWay'],
    ['stays when that Pod found none before', { unplaced: [oldPod] }, 'BuilderIsIdle'],
    ['builds on though a Pod finds no room', { unplaced: [newPod], work: building, pod: busy }, 'BuilderBuilds'],
    [
      'of which one container was killed ends',
      { work: failed, pod: { ...busy, containers: [both[0] ?? runs, ends('build', 137)] } },
      'ListIsAnother',
    ],
  ])('%s', (_name, given, because) => {
    expect(decide(given).because).toBe(because);
  });

  it('that does not end by itself goes two minutes after it should have', () => {
    expect(decide({}).recheckAfterMs).toBe(420_000);
    expect(decide({}, 420).because).toBe('BuilderIsIdleForTooLong');
  });

  it('goes, once and for all, by its uid', () => {
    expect(decide({ pod: gone }).actions).toMatchObject([{ type: 'delete', ref: { kind: 'Job', uid: 'uid-builder' } }]);
  });
});

describe('its list', () => {
  it('has the order, for this enbi alone', () => {
    const list = listIn(decide({ work: building }));
    expect(parseOrderList(list, { version: image, order: BuilderOrder })).toMatchObject({
      atOnce: 1,
      orders: [{ id: 'a', once: false, order: anOrder('a') }],
    });
    expect(parseOrderList(list, { version: 'enbi:old', order: BuilderOrder })).toBe('OtherVersion');
  });

  it('says that it ends with it where nothing of it is heard', () => {
    const list = listIn(decide({ work: building, isHeard: false }));
    expect(parseOrderList(list, { version: image, order: BuilderOrder })).toMatchObject({ orders: [{ once: true }] });
  });

  it('is its end, once, when one of its containers was killed', () => {
    const killed = { ...busy, containers: [both[0] ?? runs, ends('build', 137)] };
    expect(listIn(decide({ work: failed, pod: killed }))).toContain('"staySeconds":0');
    expect(decide({ work: failed, pod: { ...killed, orders: told('ends') } }).because).toBe('BuilderIsKept');
  });
});
