import { FakeClock } from '../runtime/fake-clock.ts';
import { LiveLog } from '../runtime/memory-kube/live-log.ts';
import { MemoryKubeClient } from '../runtime/memory-kube/memory-kube-client.ts';
import { describeReports } from './reports.conformance.ts';

describeReports('reports from the API server in memory', () => {
  const [client, clock] = [new MemoryKubeClient(), new FakeClock()];
  return Promise.resolve({
    client,
    clock,
    pass: (ms) => clock.advance(ms),
    runPod: (name) => {
      const log = new LiveLog();
      client.logs.set(`team/${name}/build`, log);
      return Promise.resolve(log);
    },
  });
});
