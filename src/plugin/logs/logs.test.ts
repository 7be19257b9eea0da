import { describe, expect, it } from 'vitest';
import { label, manager } from '../../api/labels.ts';
import { reportLine } from '../../api/report.ts';
import { projectNixBuild } from '../../cluster-view/objects.ts';
import { resource } from '../../cluster-view/resources.ts';
import { jobName } from '../../controllers/builds/names.ts';
import { PolicyError, TransientError } from '../../errors.ts';
import { systemClock } from '../../runtime/clock.ts';
import { MemoryCluster, runInMemory } from '../memory-plugin.ts';

const spec = {
  flakeUrl: 'github:a/b',
  packageName: 'default',
  system: 'x86_64-linux',
  imageTag: 'git.example/hello:1',
};

/** `holder`: the container of the import Pod that comes after the import. */
function aCluster(status: object, holder?: { readonly name: string }): MemoryCluster {
  const cluster = new MemoryCluster();
  const raw = cluster.put(resource.builds, { metadata: { name: 'hello', namespace: 'team', uid: 'u' }, spec, status });
  const build = projectNixBuild(raw);
  if (build === undefined) throw new Error('the NixBuild is none');
  const ended = (name: string) => ({ name, state: { terminated: { exitCode: 0, reason: 'Completed' } } });
  const pod = (
    namespace: string,
    kind: 'build' | 'import',
    init: readonly string[],
    last: { readonly name: string } = ended(kind),
  ) =>
    cluster.put(resource.pods, {
      metadata: {
        name: `${kind}-pod`,
        namespace,
        labels: { [label.managedBy]: manager, [label.buildUid]: 'u' },
        ownerReferences: [
          {
            apiVersion: 'batch/v1',
            kind: 'Job',
            name: kind === 'build' ? jobName(build) : (build.status.importJobName ?? ''),
            uid: 'j',
            controller: true,
          },
        ],
      },
      spec: { initContainers: init.map((name) => ({ name })), containers: [{ name: last.name }] },
      status: { phase: 'Succeeded', initContainerStatuses: init.map(ended), containerStatuses: [last] },
    });
  pod('team', 'build', ['fetch']);
  pod('enbi', 'import', holder === undefined ? [] : ['import'], holder);
  cluster.logs.set('team/build-pod/fetch', 'fetching\nfetched');
  const report = reportLine({ step: 'build', order: 'u-1' }, '{}');
  cluster.logs.set('team/build-pod/build', `building \u001b[31mred\n${report}`);
  cluster.logs.set('enbi/import-pod/import', 'importing');
  return cluster;
}

const succeeded = { status: 'Succeeded', attempts: 1, stageTimes: { importStarted: '2026-11-23T12:00:00Z' } };
const everything = 'fetch  │ fetching\nfetch  │ fetched\nbuild  │ building red\nimport │ importing\n';

describe('kubectl enbi logs', () => {
  it('prints every stage in order, each line behind its stage', async () => {
    expect(await runInMemory(['logs', 'hello'], { cluster: aCluster(succeeded) })).toEqual({
      code: 0,
      out: everything,
      err: '',
    });
  });

  it('ends as the build does when told to follow', async () => {
    const failure = { stage: 'Import', reason: 'NameConflict', message: 'taken' };
    const good = await runInMemory(['logs', '-f', 'nb/hello'], { cluster: aCluster(succeeded) });
    expect([good.code, good.out]).toEqual([0, `${everything}Succeeded\n`]);
    const cluster = aCluster({ ...succeeded, status: 'Failed', failure });
    const bad = await runInMemory(['logs', '-f', 'nb/hello'], { cluster });
    expect([bad.code, bad.out]).toEqual([1, `${everything}Failed: NameConflict at stage Import: taken\n`]);
  });

  it('says until when that of a success can be read, while that is so', async () => {
    const said = async (logKeptUntil: string, ...args: string[]) => {
      const clock = { ...systemClock, now: () => new Date('2026-11-23T12:01:00Z') };
      const cluster = aCluster({ ...succeeded, logKeptUntil });
      return (await runInMemory(['logs', ...args, 'hello'], { cluster, clock })).out.slice(everything.length);
    };
    const kept = 'this log can be read until 2026-11-23T12:05:00Z at the longest, for 4m\n';
    expect(await said('2026-11-23T12:05:00Z')).toBe(kept);
    expect(await said('2026-11-23T12:05:00Z', '--follow')).toBe(`Succeeded; ${kept}`);
    expect(await said('2026-11-23T12:00:30Z')).toBe('');
  });

  it('does not wait for the container that holds the pin', async () => {
    const running = { name: 'pin', state: { running: { startedAt: '2026-11-23T12:00:00Z' } } };
    const cluster = aCluster(succeeded, running);
    const { code, out } = await runInMemory(['logs', '--follow', 'hello'], { cluster });
    expect([code, out]).toEqual([0, `${everything}Succeeded\n`]);
  });

  it('says which part may not be seen, and which is gone', async () => {
    const cluster = aCluster(succeeded);
    await cluster.delete(resource.pods, { namespace: 'team', name: 'build-pod' }, {});
    cluster.onCall = ({ verb, key }) => {
      if (verb === 'list' && key === 'enbi') throw new PolicyError('Forbidden', 'no');
    };
    const { code, out } = await runInMemory(['logs', 'hello'], { cluster });
    expect(code).toBe(0);
    expect(out).toContain('fetch  ┄ is over and its Pod is gone, its log with it');
    expect(out).toContain('you may not look at Pods in the namespace of enbi');
    expect(out.trim().split('\n')).toHaveLength(2);
  });

  it('goes on where a connection was cut', async () => {
    const cluster = aCluster(succeeded);
    const whole = cluster.followLog.bind(cluster);
    let cut = false;
    cluster.followLog = async function* (selection, signal) {
      for await (const line of whole(selection, signal)) {
        yield line;
        if (cut || selection.container !== 'fetch') continue;
        cut = true;
        throw new TransientError('NetworkUnreachable', 'cut');
      }
    };
    const clock = {
      now: () => new Date(0),
      monotonicMs: () => 0,
      setTimer: (_: number, fn: () => void) => (setImmediate(fn), () => undefined),
    };
    const { out } = await runInMemory(['logs', 'hello'], { cluster, clock });
    expect(out).toBe(everything);
  });

  it('of a Pod are those of the NixBuild of its image', async () => {
    const cluster = aCluster(succeeded);
    const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'github:a/b' };
    for (const [name, image] of [
      ['web', spec.imageTag],
      ['other', 'git.example/other:1'],
    ]) {
      cluster.put(resource.pods, {
        metadata: { name, namespace: 'team', annotations },
        spec: { containers: [{ name: 'c', image }] },
      });
    }
    expect(await runInMemory(['logs', 'pod/web'], { cluster })).toMatchObject({ code: 0, out: everything });
    expect(await runInMemory(['logs', 'pod/other'], { cluster })).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no NixBuild that Pod other asks for'),
    });
  });
});
