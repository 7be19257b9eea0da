import { test } from 'vitest';
import { attacks } from '../../adversarial/attacks.ts';
import { tryAttack } from '../../adversarial/try-attack.ts';
import { attackedCluster } from '../support/attacked-cluster.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';

const cluster = attackedCluster(await clusterUnderTest());

// What an attack waits for in vain says what it saw: longer than any such wait.
const timeout = 900_000;

test.for(attacks.filter(({ quick, alone }) => quick && alone === true))(
  '$name: $holds',
  { timeout },
  async (attack) => {
    await tryAttack(attack, cluster);
  },
);
