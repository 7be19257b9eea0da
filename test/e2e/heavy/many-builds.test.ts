import { expect, test } from 'vitest';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { expectTurns } from '../support/crowd.ts';

const cluster = await clusterUnderTest();

test('200 Pods for 40 images, in two namespaces: 40 builds, four at a time, by turns', async () => {
  await expectTurns(cluster, expect, { many: 30, few: 10, replicas: 5 });
}, 1_800_000);
