import { expect, test } from 'vitest';
import { clusterUnderTest } from '../e2e/support/cluster-under-test.ts';
import { enterTenant } from '../e2e/support/tenant.ts';
import { leaderOf, reconfigure } from '../support/controller.ts';
import { actions, type Soak } from './actions.ts';
import { type ControllerSize, controllerSize } from './controller-size.ts';
import { oneOf, seeded } from './seeded.ts';

const minutes = Number(process.env.ENBI_SOAK_MINUTES ?? '5');
const seed = Number(process.env.ENBI_SOAK_SEED ?? '1');

test(`${minutes} minutes of everything, seed ${seed}`, { timeout: (minutes + 20) * 60_000 }, async () => {
  const cluster = await clusterUnderTest();
  const nodes = [cluster.node, cluster.otherNode].filter((node) => node !== '');
  // One controller on each node: one of them goes with a node that is killed.
  await cluster.kubectl(['uncordon', cluster.otherNode]);
  await reconfigure(cluster.kubectl, ['ENBI_LOG_LEVEL=info']);
  const tenant = await enterTenant(cluster, 'soak');
  const soak: Soak = { cluster, tenant, random: seeded(seed), count: 0, first: [] };
  const sizes: ControllerSize[] = [];
  const until = Date.now() + minutes * 60_000;
  const done = new Map<string, number>();
  while (Date.now() < until) {
    const [name, action] = oneOf(soak.random, actions);
    await action(soak);
    done.set(name, (done.get(name) ?? 0) + 1);
    sizes.push(await controllerSize(cluster, nodes));
    const { rssMiB, sockets } = sizes.at(-1) ?? { rssMiB: 0, sockets: 0 };
    process.stdout.write(`${name}: ok; controllers at most ${rssMiB} MiB, ${sockets} sockets\n`);
  }
  process.stdout.write(`${JSON.stringify(Object.fromEntries(done))}\n`);

  await tenant[Symbol.asyncDispose]();
  await tenant.waitFor('nothing is left over', async () => {
    const left = await leftOver(cluster.kubectl);
    if (left !== '') throw new Error(left);
    return true;
  });
  expect(await leaderOf(cluster.kubectl)).toBeDefined();
  // The first third is warming up; after it nothing grows.
  const third = Math.max(1, Math.floor(sizes.length / 3));
  const [early, late] = [sizes.slice(0, third), sizes.slice(-third)];
  const most = (of: readonly ControllerSize[], field: keyof ControllerSize) =>
    Math.max(...of.map((size) => size[field]));
  expect(most(late, 'rssMiB')).toBeLessThanOrEqual(most(early, 'rssMiB') * 1.25 + 10);
  expect(most(late, 'sockets')).toBeLessThanOrEqual(most(early, 'sockets') + 10);
});

async function leftOver(kubectl: (args: readonly string[]) => Promise<string>): Promise<string> {
  const kinds = 'jobs,pods,persistentvolumes,persistentvolumeclaims,nixbuilds,nixstores';
  const ours = '--selector=app.kubernetes.io/managed-by=enbi';
  const made = await kubectl(['get', kinds, '--all-namespaces', ours, '--output=name']);
  return (made + (await kubectl(['get', 'nixbuilds,nixstores', '--all-namespaces', '--output=name']))).trim();
}
