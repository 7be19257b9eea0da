import { eventFaults, type Fault, type FaultPlan, lineFaults, listFaults, requestFaults, wordFaults } from './plan.ts';
import type { Met } from './proxy/disturbance.ts';

/** Every plan of one fault for a scenario, made from what passed in its undisturbed run, and that run once more. */
export function plansFor(scenario: string, met: readonly Met[]): readonly FaultPlan[] {
  const disturbed = met.flatMap((moment) => faultsAt(moment).map((fault) => ({ scenario, faults: [fault] })));
  return [{ scenario, faults: [] }, ...disturbed];
}

/**
 * One of so many of them: each moment gets some of its faults, the next one the next ones, so that all kinds of faults come in all
 * parts of all scenarios. The order is mixed, so that whoever stops early has seen something of everything.
 */
export function shareOf(plans: readonly FaultPlan[], oneOf: number): readonly FaultPlan[] {
  // A moment has so many faults, by its kind: a step that shares no divisor with any of those numbers meets them all in turn.
  const share = plans.filter((_, index) => index % oneOf === 0);
  return mixed(share);
}

function mixed(plans: readonly FaultPlan[]): readonly FaultPlan[] {
  const random = randomFrom(plans.length);
  return plans
    .map((plan) => ({ plan, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ plan }) => plan);
}

function faultsAt({ kind, hadBefore, moment, nth }: Met): readonly Fault[] {
  return faultsOf({ kind, moment, ...(hadBefore === true ? { hadBefore } : {}) }).map((does) => ({
    at: { moment, nth },
    does,
  }));
}

function faultsOf({ kind, hadBefore, moment }: Pick<Met, 'kind' | 'hadBefore' | 'moment'>): readonly Fault['does'][] {
  if (kind === 'line') return lineFaults;
  if (kind === 'list') return listFaults;
  if (kind === 'word') return wordFaults;
  if (kind === 'event') return eventFaults.filter((fault) => fault !== 'old' || hadBefore === true);
  const isLog = moment.startsWith(readsLog);
  // Nothing in a log says where it ends; and only what enbi does without may be forbidden.
  return requestFaults.filter((fault) => fault !== (isLog ? 'half' : '403'));
}

const readsLog = 'get pods/log';

/** So many plans of two or three faults each, the same for the same seed. */
export function randomPlans(
  plans: readonly FaultPlan[],
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly FaultPlan[] {
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] ?? fail();
  const byScenario = Map.groupBy(plans, ({ scenario }) => scenario);
  return Array.from({ length: count }, () => {
    const { scenario } = pick(plans);
    const singles = byScenario.get(scenario) ?? [];
    const size = random() < 0.5 ? 2 : 3;
    return { scenario, faults: Array.from({ length: size }, () => pick(singles).faults).flat() };
  });
}

/** So many of them, as many of each scenario, spread over all its moments and faults: always the same ones. */
export function sampleOf(plans: readonly FaultPlan[], count: number): readonly FaultPlan[] {
  if (count >= plans.length) return plans;
  const byScenario = [...Map.groupBy(plans, ({ scenario }) => scenario).values()];
  return byScenario.flatMap((ofOne, index) => {
    const share =
      Math.floor((count * (index + 1)) / byScenario.length) - Math.floor((count * index) / byScenario.length);
    return spread(ofOne, share);
  });
}

function spread(plans: readonly FaultPlan[], count: number): readonly FaultPlan[] {
  const at = (index: number) => Math.floor(((index + 0.5) * plans.length) / count);
  return Array.from({ length: Math.min(count, plans.length) }, (_, index) => plans[at(index)] ?? fail());
}

/** Numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fail(): never {
  throw new Error('there is nothing to pick from');
}
