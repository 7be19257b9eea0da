import { test } from 'vitest';
import { attacks } from '../../adversarial/attacks.ts';
import { tryAttack } from '../../adversarial/try-attack.ts';
import { attackedCluster } from '../support/attacked-cluster.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';

const cluster = attackedCluster(await clusterUnderTest());

test.for(attacks.filter(({ quick, alone }) => quick && alone === true))('$name: $holds', async (attack) => {
  await tryAttack(attack, cluster);
});
