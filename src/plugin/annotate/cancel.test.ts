import { describe, expect, it } from 'vitest';
import { resource } from '../../cluster-view/resources.ts';
import { MemoryCluster, playStatuses, runInMemory } from '../memory-plugin.ts';

const spec = {
  flakeUrl: 'github:a/b',
  packageName: 'default',
  system: 'x86_64-linux',
  imageTag: 'git.example/hello:1',
};

function aCluster(status: object): MemoryCluster {
  const cluster = new MemoryCluster();
  cluster.put(resource.builds, { metadata: { name: 'hello', namespace: 'team' }, spec, status });
  return cluster;
}

describe('kubectl enbi cancel', () => {
  it('asks once, however often it is called', async () => {
    const cluster = aCluster({ status: 'Building' });
    for (const text of ['is asked for', 'is asked for already']) {
      const ran = await runInMemory(['cancel', 'nb/hello'], { cluster });
      expect(ran).toEqual({ code: 0, out: `the end of NixBuild hello ${text}\n`, err: '' });
    }
    expect(cluster.writes).toEqual(['patch NixBuild team/hello']);
    expect(await cluster.get(resource.builds, { namespace: 'team', name: 'hello' })).toMatchObject({
      metadata: { annotations: { 'enbi.hrzn.ee/cancel': '2026-01-01T12:00:00.000Z' } },
    });
  });

  it.each(['Succeeded', 'Failed', 'Cancelled'])('leaves one alone that is %s', async (status) => {
    const cluster = aCluster({ status });
    const { code, out } = await runInMemory(['cancel', 'hello'], { cluster });
    expect([code, out, cluster.writes]).toEqual([0, `NixBuild hello is over already: ${status}\n`, []]);
  });

  it('keeps one that has failed from going on by itself', async () => {
    const cluster = aCluster({ status: 'Failed', nextAttemptTime: '2026-01-01T12:30:00.000Z' });
    const { code, out } = await runInMemory(['cancel', 'hello', '--wait'], { cluster });
    expect([code, out]).toEqual([0, 'the end of NixBuild hello is asked for\n']);
    expect(cluster.writes).toEqual(['patch NixBuild team/hello']);
  });

  it.each([
    ['Cancelled', 0, 'go on       kubectl enbi retry hello'],
    ['Succeeded', 1, 'had ended before it could be cancelled'],
  ])('waits when told: %s ends with %i', async (status, expected, text) => {
    const cluster = aCluster({ status: 'Building' });
    playStatuses(cluster, 'hello', [{ status }]);
    const { code, out } = await runInMemory(['cancel', 'hello', '--wait'], { cluster });
    expect([code, out]).toEqual([expected, expect.stringContaining(text)]);
  });
});
