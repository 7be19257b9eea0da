import { expect, test } from 'vitest';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { expectTurns } from '../support/crowd.ts';

const cluster = await clusterUnderTest();

test('of many images asked for at once, as many are built as may, and a small namespace is not kept waiting', async () => {
  await expectTurns(cluster, expect, { many: 6, few: 2, replicas: 3 });
});
