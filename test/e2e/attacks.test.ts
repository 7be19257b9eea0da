import { test } from 'vitest';
import { attacks } from '../adversarial/attacks.ts';
import { tryAttack } from '../adversarial/try-attack.ts';
import { atMost } from '../support/at-most.ts';
import { attackedCluster } from './support/attacked-cluster.ts';
import { clusterUnderTest } from './support/cluster-under-test.ts';

const cluster = attackedCluster(await clusterUnderTest());

// Together they would ask for more builds than may run at once, and wait for each other and for the other files.
const few = atMost(5);

// Those which everybody feels are in alone/attacks.test.ts, those that take their time are `npm run attack` alone.
const beside = attacks.filter(({ quick, alone }) => quick && alone !== true);

test.concurrent.for(beside)('$name: $holds', { timeout: 1_800_000 }, async (attack) => {
  await few(() => tryAttack(attack, cluster));
});
