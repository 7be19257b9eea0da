import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, up } from '../../cluster/cluster.ts';
import { PlayedKubelet } from '../../test/support/played-kubelet.ts';
import { createKubeClient } from '../adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../adapters/kubernetes/kubeconfig.ts';
import { systemClock } from '../runtime/clock.ts';
import type { KubeClient } from '../runtime/kube-client.ts';
import { describeReports } from './reports.conformance.ts';

let cluster: Cluster;
let client: KubeClient & Disposable;
let kubelet: PlayedKubelet;

beforeAll(async () => {
  cluster = await up({ name: 'reports-test', nodes: 0, report: () => undefined });
  client = createKubeClient(await loadKubeconfig(cluster.kubeconfig), { userAgent: 'enbi-test' });
  kubelet = await PlayedKubelet.start(cluster, client);
});
afterAll(async () => {
  client[Symbol.dispose]();
  await kubelet[Symbol.asyncDispose]();
  await cluster.down();
});

it('leaves the sockets of others to them, however many logs are followed', async () => {
  const access = await loadKubeconfig(cluster.kubeconfig);
  using few = createKubeClient(access, { userAgent: 'enbi-test', maxSockets: 1 });
  const stop = new AbortController();
  const logs = await Promise.all(Array.from({ length: 20 }, (_, at) => kubelet.runPod(`silent-${at}`, 'build')));
  const following = logs.map((log, at) => {
    const of = { namespace: 'default', name: `silent-${at}`, container: 'build', follow: true };
    log.print('begins');
    return Array.fromAsync(few.followLog(of, stop.signal));
  });
  await expect.poll(() => logs.every(({ followers }) => followers === 1)).toBe(true);
  expect((await few.version()).gitVersion).toMatch(/^v1/);
  stop.abort();
  expect((await Promise.all(following)).flat()).toHaveLength(20);
  await expect.poll(() => logs.every(({ followers }) => followers === 0)).toBe(true);
});

describeReports('reports by way of the API server', () =>
  Promise.resolve({
    client: {
      followLog: (selection, signal) => client.followLog({ ...selection, namespace: 'default' }, signal),
    },
    clock: systemClock,
    pass: (ms) => sleep(ms),
    runPod: (name) => kubelet.runPod(name, 'build'),
  }),
);
