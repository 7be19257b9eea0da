import { expect, test } from 'vitest';
import { clusterUnderTest } from '../e2e/support/cluster-under-test.ts';
import { enterTenant } from '../e2e/support/tenant.ts';
import { leaderOf, reconfigure } from '../support/controller.ts';
import { type Actions, disturbing, quiet, type Soak } from './actions.ts';
import { growthIn, isLeak, printGrowth } from './growth.ts';
import { type ProcessSample, sampleProcesses } from './process-sample.ts';
import { oneOf, seeded } from './seeded.ts';

const minutes = Number(process.env.ENBI_SOAK_MINUTES ?? '5');
const seed = Number(process.env.ENBI_SOAK_SEED ?? '1');
const say = (line: string) => void process.stdout.write(`${line}\n`);

test(`${minutes} minutes of everything, seed ${seed}`, { timeout: (minutes + 20) * 60_000 }, async () => {
  const cluster = await clusterUnderTest();
  // One controller on each node: one of them goes with a node that is killed.
  await cluster.kubectl(['uncordon', cluster.otherNode]);
  await reconfigure(cluster.kubectl, ['ENBI_LOG_LEVEL=info']);
  const tenant = await enterTenant(cluster, 'soak');
  const soak: Soak = { cluster, tenant, random: seeded(seed), count: 0, first: [] };
  const samples: ProcessSample[] = [];
  const done = new Map<string, number>();
  const act = async (choices: Actions) => {
    const [name, action] = oneOf(soak.random, choices);
    await action(soak);
    done.set(name, (done.get(name) ?? 0) + 1);
    say(`${name}: ok`);
  };
  const [begun, half] = [Date.now(), minutes * 30_000];
  while (Date.now() < begun + half) await act([...quiet, ...disturbing]);
  // From here on nobody ends the controllers: only what lives on can grow.
  while (Date.now() < begun + 2 * half) {
    await act(quiet);
    const latest = await sampleProcesses(cluster.kubectl);
    samples.push(...latest);
    for (const sample of latest) say(JSON.stringify(sample));
  }
  say(JSON.stringify(Object.fromEntries(done)));

  await tenant[Symbol.asyncDispose]();
  // Agents would stay for ten minutes.
  await reconfigure(cluster.kubectl, ['ENBI_AGENT_IDLE=0']);
  await tenant.waitFor('nothing is left over', async () => {
    const left = await leftOver(cluster.kubectl);
    if (left !== '') throw new Error(left);
    return true;
  });
  expect(await leaderOf(cluster.kubectl)).toBeDefined();
  const growths = growthIn(samples);
  for (const growth of growths) say(printGrowth(growth));
  expect(growths, 'nothing lived long enough to be judged').not.toEqual([]);
  expect(growths.filter(isLeak)).toEqual([]);
});

async function leftOver(kubectl: (args: readonly string[]) => Promise<string>): Promise<string> {
  const kinds = 'jobs,pods,persistentvolumes,persistentvolumeclaims,nixbuilds,nixstores';
  const ours = '--selector=app.kubernetes.io/managed-by=enbi';
  const made = await kubectl(['get', kinds, '--all-namespaces', ours, '--output=name']);
  return (made + (await kubectl(['get', 'nixbuilds,nixstores', '--all-namespaces', '--output=name']))).trim();
}
