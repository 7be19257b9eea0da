import { expect, test } from 'vitest';
import { sampleOf } from './generate-plans.ts';
import { openLab } from './lab.ts';
import { describePlan } from './plan.ts';
import { Recordings, tryPlans, type Verdict, worldNames } from './suite.ts';

/** `npm run fault -- --sample 200` tries more of them, `--all` thousands. */
const sampleSize = 40;

test('whatever goes wrong between controller and API server, it ends as if nothing had', async () => {
  await using lab = await openLab({ name: 'fault-test', worlds: worldNames(8), report: () => undefined, keep: false });
  const recordings = await Recordings.make(lab);
  const verdicts: Verdict[] = [];
  const plans = sampleOf(recordings.plans, sampleSize);
  await tryPlans(plans, recordings, { lab, onVerdict: (verdict) => verdicts.push(verdict) });
  const failed = verdicts.filter(({ problems }) => problems.length > 0);
  expect(failed.map(({ plan, problems }) => `${describePlan(plan)}: ${problems.join('; ')}`)).toEqual([]);
  expect(verdicts).toHaveLength(sampleSize);
});
