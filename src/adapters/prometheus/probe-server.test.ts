import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ceilings } from '../../api/ceilings.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { answersWithinMs, type ProbeServer, serveProbes } from './probe-server.ts';

describe('the probe server', () => {
  const state = { healthy: true, ready: false };
  let nowMs = 0;
  let metrics: Metrics;
  let server: ProbeServer;

  beforeEach(async () => {
    metrics = createMetrics(() => nowMs);
    server = await serveProbes({ healthy: () => state.healthy, ready: () => state.ready, metrics }, 0);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const ask = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  it('says how the process is', async () => {
    expect([(await ask('/healthz')).status, (await ask('/readyz')).status]).toEqual([200, 503]);
    Object.assign(state, { healthy: false, ready: true });
    expect([(await ask('/healthz')).status, (await ask('/readyz?verbose')).status]).toEqual([503, 200]);
  });

  it('shows what was counted', async () => {
    const observer = metrics.observerFor('builds');
    observer.queue.began(() => [1500, 4000]);
    observer.queue.added(1);
    observer.queue.started(0, 30);
    observer.queue.finished(2000);
    observer.queue.retried();
    observer.reconciled('transient');
    const response = await ask('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    const lines = (await response.text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'workqueue_adds_total{name="builds"} 1',
        'workqueue_depth{name="builds"} 0',
        'workqueue_retries_total{name="builds"} 1',
        'workqueue_queue_duration_seconds_sum{name="builds"} 0.03',
        'workqueue_work_duration_seconds_sum{name="builds"} 2',
        'workqueue_unfinished_work_seconds{name="builds"} 5.5',
        'workqueue_longest_running_processor_seconds{name="builds"} 4',
        'enbi_reconcile_total{controller="builds",result="transient"} 1',
        expect.stringMatching(/^process_resident_memory_bytes \d+/),
      ]),
    );
  });

  it('collects once a second at most, however often it is asked', async () => {
    let collections = 0;
    metrics.countBuilds(() => {
      collections++;
      return new Map();
    });
    await Promise.all(Array.from({ length: 20 }, () => ask('/metrics')));
    expect(collections).toBe(1);
    nowMs += 1000;
    await ask('/metrics');
    expect(collections).toBe(2);
  });

  it('is asked by the kubelet in a way that tells busy from dead', async () => {
    const manifests = await readFile(new URL('../../../deploy/controller.yaml', import.meta.url), 'utf8');
    const probe = /livenessProbe:[^]*?periodSeconds: (\d+)\s+timeoutSeconds: (\d+)\s+failureThreshold: (\d+)/.exec(
      manifests,
    );
    const [periodSeconds = 0, timeoutSeconds = 0, failureThreshold = 0] = (probe ?? []).slice(1).map(Number);
    expect(Math.min(periodSeconds, timeoutSeconds) * failureThreshold).toBeGreaterThanOrEqual(60);
    expect(answersWithinMs).toBeGreaterThanOrEqual(timeoutSeconds * 1000);
  });

  it('knows nothing else', async () => {
    expect((await ask('/')).status).toBe(404);
  });

  describe('asked by somebody who opens connections and says nothing', () => {
    const held: Socket[] = [];
    afterEach(() => {
      for (const socket of held.splice(0)) socket.destroy();
    });

    async function open(count: number): Promise<void> {
      for (let at = 0; at < count; at++) {
        const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
        held.push(socket);
        await new Promise((resolve) => socket.once('connect', resolve));
      }
    }

    it('answers the kubelet all the same, and keeps no more than a few', async () => {
      Object.assign(state, { healthy: true });
      const most = ceilings.probeConnections.value;
      await open(most + 50);
      expect((await ask('/healthz')).status).toBe(200);
      await expect.poll(() => held.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(most);
    });
  });
});
