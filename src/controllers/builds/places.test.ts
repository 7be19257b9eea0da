import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { aNode, someSettings } from '../../../test/support/builders.ts';
import { ceilings } from '../../api/ceilings.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import { Fits } from './node-fit.ts';
import { type Active, type Asking, type Demand, inTurn, type PlaceSettings, places } from './places.ts';

interface Given extends Partial<Omit<Asking, 'waitingPods' | 'warm'>> {
  readonly waitingPods?: Readonly<Record<string, number>>;
  readonly warm?: readonly string[];
}

function asking(key: string, { waitingPods = {}, warm = [], ...given }: Given = {}): Asking {
  return {
    key,
    namespace: 'team',
    waitsSince: '2026-11-23T12:00:00Z',
    system: 'x86_64-linux',
    waitingPods: new Map(Object.entries(waitingPods)),
    warm: new Set(warm),
    loadedOn: [],
    ...given,
  };
}

const nodes = ['n1', 'n2', 'n3'].map((name) => aNode({ name }));
const arm = aNode({ name: 'arm', architecture: 'arm64' });

function on(node: string, namespace = 'team'): Active {
  return { node, namespace };
}

/** Key → node, or why there is none. */
function placed(
  { nodes: given = nodes, ...demand }: Partial<Omit<Demand, 'fits'>> & { readonly nodes?: readonly NodeView[] },
  limits: Partial<PlaceSettings> = {},
): Record<string, string> {
  const settings = someSettings(limits);
  const all = places({ asking: [], active: [], fits: new Fits(given, settings), ...demand }, settings);
  return Object.fromEntries([...all].map(([key, place]) => [key, place.is === 'given' ? place.node : place.is]));
}

describe('the node', () => {
  test.each<[string, Asking, readonly Active[], string]>([
    ['is one where Pods wait', asking('a', { waitingPods: { n3: 1 }, warm: ['n2'] }), [], 'n3'],
    ['of several the one where most wait', asking('a', { waitingPods: { n1: 1, n2: 3 } }), [], 'n2'],
    ['then one with a warm store', asking('a', { warm: ['n2'] }), [on('n2', 'other')], 'n2'],
    ['then the idlest', asking('a'), [on('n1'), on('n2'), on('n2')], 'n3'],
    ['then the first by name', asking('a'), [], 'n1'],
    ['is not one that is full', asking('a', { warm: ['n1'] }), [on('n1'), on('n1')], 'n2'],
    ['is waited for where Pods wait', asking('a', { waitingPods: { n1: 1 } }), [on('n1'), on('n1')], 'later'],
    ['is not one where Pods wait but that does not fit', asking('a', { waitingPods: { arm: 1 } }), [], 'n1'],
    ['is another one than has the image', asking('a', { waitingPods: { n1: 1, n2: 1 }, loadedOn: ['n1'] }), [], 'n2'],
    ['is not needed where nobody waits', asking('a', { loadedOn: ['n1'] }), [], 'unwanted'],
    [
      'is not needed where it cannot be built',
      asking('a', { waitingPods: { arm: 1 }, loadedOn: ['n1'] }),
      [],
      'unwanted',
    ],
  ])('%s', (_, one, active, expected) => {
    expect(placed({ asking: [one], active, nodes: [...nodes, arm] }, { maxBuildsPerNode: 2 })).toEqual({ a: expected });
  });

  it('is none when none fits, also while all is full', () => {
    const one = asking('a', { system: 'aarch64-linux' });
    expect(placed({ asking: [one] })).toEqual({ a: 'nowhere' });
    expect(placed({ asking: [one], active: [on('n1')] }, { maxBuilds: 1 })).toEqual({ a: 'nowhere' });
  });
});

describe('the turn', () => {
  const turns = (demand: Pick<Demand, 'asking' | 'active'>) => inTurn(demand).map(({ key }) => key);
  const big = (key: string, waitsSince = '2026-11-23T12:00:00Z') => asking(key, { namespace: 'big', waitsSince });
  const small = (key: string, waitsSince: string) => asking(key, { namespace: 'small', waitsSince });

  it('goes from namespace to namespace', () => {
    const late = '2026-11-23T12:00:09Z';
    const all = [big('b1'), big('b2'), big('b3'), small('s1', late), small('s2', late)];
    expect(turns({ asking: all, active: [] })).toEqual(['b1', 's1', 'b2', 's2', 'b3']);
  });

  it('counts what runs', () => {
    const all = [big('b1'), small('s1', '2026-11-23T12:00:09Z'), small('s2', '2026-11-23T12:00:09Z')];
    expect(turns({ asking: all, active: [on('n1', 'big'), on('n2', 'big')] })).toEqual(['s1', 's2', 'b1']);
  });

  it('is by age, then by name, within a namespace', () => {
    expect(turns({ asking: [big('c'), big('b'), big('a', '2026-11-23T12:00:01Z')], active: [] })).toEqual([
      'b',
      'c',
      'a',
    ]);
  });
});

describe('the last slot', () => {
  const one = asking('a', { waitingPods: { n1: 1 } });
  const others = asking('z', { waitingPods: { n1: 1 }, namespace: 'other' });

  test.each<[string, readonly Active[], Partial<PlaceSettings>, [team: string, other: string]]>([
    ['of a node is not for who has the others', [on('n1'), on('n1')], { maxBuildsPerNode: 3 }, ['later', 'n1']],
    ['is for who has a share', [on('n1'), on('n1', 'other')], { maxBuildsPerNode: 3 }, ['n1', 'n1']],
    ['in all is not for who has the others', [on('n2'), on('n3')], { maxBuilds: 3 }, ['later', 'n1']],
    ['is for anybody when it is the only one', [], { maxBuilds: 1, maxBuildsPerNode: 1 }, ['n1', 'n1']],
  ])('%s', (_, active, limits, expected) => {
    const alone = [one, others].map((asked) => Object.values(placed({ asking: [asked], active }, limits))[0]);
    expect(alone).toEqual(expected);
  });

  it('is kept while nobody else asks: a build may take hours', () => {
    const all = Array.from({ length: 50 }, (_, index) => asking(`b${index}`));
    const given = Object.values(placed({ asking: all }, { maxBuilds: 99, maxBuildsPerNode: 4 }));
    expect(['n1', 'n2', 'n3'].map((node) => given.filter((at) => at === node).length)).toEqual([3, 3, 3]);
  });
});

describe('a crowd of one namespace', () => {
  const many = Array.from({ length: ceilings.queued.value + 2 }, (_, index) =>
    asking(`b${String(index).padStart(4, '0')}`),
  );

  it('stands in the queue up to a bound, and is told beyond it', () => {
    const found = placed({ asking: [...many, asking('s', { namespace: 'small' })], nodes: [aNode({ name: 'n1' })] });
    expect(Object.entries(found).filter(([, is]) => is === 'crowded')).toEqual([
      ['b0200', 'crowded'],
      ['b0201', 'crowded'],
    ]);
    expect(found['s']).toBe('n1');
  });
});

describe('one that cannot go now', () => {
  it('keeps no slot from those behind it', () => {
    const first = asking('a', { waitingPods: { n1: 1 }, waitsSince: '2026-11-23T11:00:00Z' });
    const alien = asking('b', { system: 'aarch64-linux' });
    const demand = { asking: [first, alien, asking('c'), asking('d')], active: [on('n1', 'other')] };
    expect(placed(demand, { maxBuilds: 2, maxBuildsPerNode: 1 })).toEqual({
      a: 'later',
      b: 'nowhere',
      c: 'n2',
      d: 'later',
    });
  });
});

it('looks at a node once for each system, however many builds ask', () => {
  let looks = 0;
  const many = Array.from({ length: 1000 }, (_, index) => aNode({ name: `n${index}` }));
  const all = Array.from({ length: 500 }, (_, index) => asking(`b${index}`, { namespace: `ns${index % 7}` }));
  placed({ asking: all, nodes: many }, { repels: () => ++looks < 0 });
  expect(looks).toBe(1000);
});

/** A cluster that runs builds until none is left: each round, what was given starts, and one of those that run ends. */
describe('whatever is asked', () => {
  const names = ['n1', 'n2', 'n3', 'n4'];
  const aNodeSomehow = fc
    .constantFrom(...names)
    .chain((name) =>
      fc
        .record({ architecture: fc.constantFrom('amd64', 'arm64'), ready: fc.boolean() })
        .map((given) => aNode({ name, ...given })),
    );
  const cluster = fc.uniqueArray(aNodeSomehow, { selector: ({ metadata }) => metadata.name });
  const ask = fc.record({
    namespace: fc.constantFrom('a', 'b', 'c'),
    waitsSince: fc.constantFrom('2026-11-23T12:00:00Z', '2026-11-23T12:00:01Z'),
    system: fc.constantFrom('x86_64-linux', 'aarch64-linux'),
    waitingPods: fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 1, max: 3 }), { maxKeys: 2 }),
    warm: fc.subarray(names),
    loadedOn: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(names) }),
  });
  const asks = fc.array(ask, { maxLength: 25 }).map((all) => all.map((given, index) => asking(`k${index}`, given)));
  const limits = fc.record({
    maxBuilds: fc.integer({ min: 1, max: 6 }),
    maxBuildsPerNode: fc.integer({ min: 1, max: 3 }),
  });

  interface Running extends Active {
    readonly key: string;
  }

  function expectWithin(active: readonly Active[], { maxBuilds, maxBuildsPerNode }: PlaceSettings): void {
    expect(active.length).toBeLessThanOrEqual(maxBuilds);
    expectShared(active, maxBuilds);
    for (const name of names) {
      const there = active.filter(({ node }) => node === name);
      expect(there.length).toBeLessThanOrEqual(maxBuildsPerNode);
      expectShared(there, maxBuildsPerNode);
    }
  }

  function expectShared(active: readonly Active[], slots: number): void {
    const most = Math.max(0, ...['a', 'b', 'c'].map((of) => active.filter(({ namespace }) => namespace === of).length));
    expect(most).toBeLessThanOrEqual(Math.max(1, slots - 1));
  }

  /** Ends with those that never got a place. */
  function run(
    all: readonly Asking[],
    given: readonly NodeView[],
    settings: PlaceSettings,
    pick: (of: number) => number,
  ) {
    let waiting = all;
    let active: readonly Running[] = [];
    const started: string[] = [];
    for (let round = 0; round < 1000; round++) {
      const found = places({ asking: waiting, active, fits: new Fits(given, settings) }, settings);
      const now = waiting.flatMap((one) => {
        const place = found.get(one.key);
        return place?.is === 'given' ? [{ key: one.key, namespace: one.namespace, node: place.node }] : [];
      });
      // Only some of the decisions have become real when the next one is made.
      const real = now.toSorted(() => pick(3) - 1).slice(0, now.length === 0 ? 0 : 1 + pick(now.length));
      active = [...active, ...real];
      expectWithin(active, settings);
      started.push(...real.map(({ key }) => key));
      waiting = waiting.filter(({ key }) => !started.includes(key));
      if (active.length === 0) return { waiting, started };
      if (real.length === 0 || pick(2) === 0) active = active.toSpliced(pick(active.length), 1);
    }
    throw new Error('it does not come to an end');
  }

  it('no bound is exceeded, and every build that some node fits gets its place', () => {
    fc.assert(
      fc.property(asks, cluster, limits, fc.infiniteStream(fc.nat()), (all, given, limit, stream) => {
        const settings = someSettings(limit);
        const pick = (of: number) => Number(stream.next().value) % of;
        const { waiting } = run(all, given, settings, pick);
        const found = placed({ asking: waiting, nodes: given }, limit);
        expect(Object.values(found).filter((place) => place !== 'nowhere' && place !== 'unwanted')).toEqual([]);
      }),
    );
  });

  it('everybody who works it out comes to the same', () => {
    fc.assert(
      fc.property(asks, cluster, limits, (all, given, limit) => {
        const forwards = placed({ asking: all, nodes: given }, limit);
        expect(placed({ asking: all.toReversed(), nodes: given.toReversed() }, limit)).toEqual(forwards);
      }),
    );
  });

  it('a namespace waits for no more of another’s builds than it has itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (many, few) => {
        const of = (namespace: string, count: number) =>
          Array.from({ length: count }, (_, index) => asking(`${namespace}${index}`, { namespace }));
        const order = inTurn({ asking: [...of('big', many), ...of('small', few)], active: [] });
        const last = order.findLastIndex(({ namespace }) => namespace === 'small');
        expect(last).toBeLessThanOrEqual(2 * few);
      }),
    );
  });
});
