import { expect, test } from 'vitest';
import { sampleOf } from './generate-plans.ts';
import { openSite } from './ground/site.ts';
import { describePlan } from './plan.ts';
import { Recordings, tryPlans, type Verdict } from './suite.ts';

/** `npm run fault -- --all` tries thousands. */
const sampleSize = 200;

test('whatever goes wrong between controller and API server, it ends as if nothing had', {
  timeout: 900_000,
}, async () => {
  const wish = { name: 'fault-test', worlds: 10, part: 0, cluster: false, processes: false };
  await using site = await openSite(wish, { report: () => undefined, keep: false });
  const recordings = await Recordings.make(site.scenarios, site.grounds);
  const verdicts: Verdict[] = [];
  const plans = sampleOf(recordings.plans, sampleSize);
  await tryPlans(plans, recordings, { ...site, onVerdict: (verdict) => verdicts.push(verdict) });
  const failed = verdicts.filter(({ problems }) => problems.length > 0);
  expect(failed.map(({ plan, problems }) => `${describePlan(plan)}: ${problems.join('; ')}`)).toEqual([]);
  expect(verdicts).toHaveLength(sampleSize);
});
