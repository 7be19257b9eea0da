import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
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
