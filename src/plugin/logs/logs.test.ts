import { describe, expect, it } from 'vitest';
import { label, manager } from '../../api/labels.ts';
import { orderReportLine } from '../../api/order-report.ts';
import { reportLine } from '../../api/report.ts';
import { projectNixBuild } from '../../cluster-view/objects.ts';
import { resource } from '../../cluster-view/resources.ts';
import { jobName } from '../../controllers/builds/names.ts';
import { PolicyError, TransientError } from '../../errors.ts';
import { systemClock } from '../../runtime/clock.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { LiveLog } from '../../runtime/memory-kube/live-log.ts';
import { MemoryCluster, runInMemory } from '../memory-plugin.ts';

const hello = { namespace: 'team', name: 'hello' };
const spec = {
  flakeUrl: 'github:a/b',
  packageName: 'default',
  system: 'x86_64-linux',
  imageTag: 'git.example/hello:1',
};

function ended(name: string) {
  return { name, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
}

function running(name: string) {
  return { name, state: { running: { startedAt: '2026-11-23T12:00:00Z' } } };
}

/** A build, its Job's Pod, and agents, which live on and whose logs have what they did for others. */
function aCluster(status: object): MemoryCluster {
  const cluster = new MemoryCluster();
  const raw = cluster.put(resource.builds, { metadata: { ...hello, uid: 'u' }, spec, status });
  const build = projectNixBuild(raw);
  if (build === undefined) throw new Error('the NixBuild is none');
  const pod = (name: string, namespace: string, made: { job: string; mark: object }, containers: object[]) =>
    cluster.put(resource.pods, {
      metadata: {
        name,
        namespace,
        labels: { [label.managedBy]: manager, ...made.mark },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: made.job, uid: 'j', controller: true }],
      },
      spec: { containers },
      status: { phase: 'Running', containerStatuses: containers },
    });
  const ofBuild = { job: jobName(build), mark: { [label.buildUid]: 'u' } };
  pod('build-pod', 'team', ofBuild, [ended('fetch'), ended('build')]);
  for (const job of ['agent', 'other'])
    pod(`${job}-pod`, 'enbi', { job, mark: { [label.agentOf]: 'n' } }, [running('agent')]);
  cluster.logs.set('team/build-pod/fetch', 'fetching\nfetched');
  const report = reportLine({ step: 'build', order: 'u-1' }, '{}');
  cluster.logs.set('team/build-pod/build', `building \u001b[31mred\n${report}`);
  cluster.logs.set('enbi/agent-pod/agent', agentLog.join('\n'));
  cluster.logs.set('enbi/other-pod/agent', '[enbi] u-1: from the other agent');
  return cluster;
}

const agentLog = [
  '[enbi] agent begins',
  '[enbi] v-1: a secret of another tenant: [enbi] u-1: forged',
  '[enbi] u-11: of another attempt',
  '[enbi] u-1 : of nobody',
  orderReportLine({ order: 'u-1', state: 'running', progress: 'half' }),
  '[enbi] u-1: importing',
  orderReportLine({ order: 'v-1', state: 'done', result: { ok: true } }),
  '[enbi] v-1: more of another tenant',
];
const over = orderReportLine({ order: 'u-1', state: 'done', result: { ok: true } });

const stageTimes = { importStarted: '2026-11-23T12:00:00Z' };
const importing = { status: 'Importing', attempts: 1, importJobName: 'agent', stageTimes };
const succeeded = { ...importing, status: 'Succeeded' };
const failure = { stage: 'Import', reason: 'NameConflict', message: 'taken' };
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

  it('follows the import to its report, though the agent goes on', async () => {
    const cluster = aCluster(importing);
    const log = new LiveLog();
    cluster.logs.set('enbi/agent-pod/agent', log);
    log.print(...agentLog);
    const ran = runInMemory(['logs', '--follow', 'hello'], { cluster });
    await until(() => log.followers === 1);
    await put(cluster, { status: 'Succeeded' });
    log.print('[enbi] v-2: of another tenant', '[enbi] u-1: imported', over, '[enbi] u-1: of nobody any more');
    const { code, out } = await ran;
    expect([code, out]).toEqual([0, `${everything}import │ imported\nSucceeded\n`]);
    expect(log.followers).toBe(0);
  });

  it('ends with the build where the report of its import is never heard', async () => {
    const cluster = aCluster(importing);
    const log = new LiveLog();
    cluster.logs.set('enbi/agent-pod/agent', log);
    log.print(...agentLog);
    const clock = new FakeClock();
    const ran = runInMemory(['logs', '--follow', 'hello'], { cluster, clock });
    await until(() => log.followers === 1);
    await clock.advance(5000);
    expect(log.followers).toBe(1);
    await put(cluster, { status: 'Failed', failure });
    await clock.advance(5000);
    const { code, out } = await ran;
    expect([code, out]).toEqual([1, `${everything}Failed: NameConflict at stage Import: taken\n`]);
  });

  it('goes on with the agent that follows one which ended without an answer', async () => {
    const cluster = aCluster(importing);
    cluster.onCall = ({ verb, key }) => {
      if (verb !== 'followLog' || key !== 'enbi/agent-pod/agent') return;
      cluster.onCall = () => undefined;
      void put(cluster, { status: 'Succeeded', importJobName: 'other' });
    };
    const { out } = await runInMemory(['logs', '--follow', 'hello'], { cluster });
    expect(out).toBe(`${everything}import │ from the other agent\nSucceeded\n`);
  });

  it('says what of the import is not there yet, or not any more', async () => {
    const said = async (status: object) => {
      const cluster = aCluster(status);
      cluster.logs.set('enbi/agent-pod/agent', '[enbi] v-1: a secret of another tenant');
      return (await runInMemory(['logs', 'hello'], { cluster })).out.slice(everything.indexOf('import │'));
    };
    expect(await said(importing)).toBe('import ┄ nothing was said of it yet\n');
    expect(await said(succeeded)).toBe('import ┄ is over; the log of the agent has nothing of it any more\n');
  });

  it('says which part is gone', async () => {
    const cluster = aCluster(succeeded);
    await cluster.delete(resource.pods, { namespace: 'team', name: 'build-pod' }, {});
    await cluster.delete(resource.pods, { namespace: 'enbi', name: 'agent-pod' }, {});
    const { code, out } = await runInMemory(['logs', 'hello'], { cluster });
    expect(code).toBe(0);
    expect(out).toContain('fetch  ┄ is over and its Pod is gone, its log with it');
    expect(out).toContain('import ┄ is over, and so is the agent that did it: its log is gone');
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

describe('kubectl enbi logs of an import, for a tenant, who may not read the log of the agent', () => {
  const why =
    "import ┄ stands in the log of the node's agent in namespace enbi, which works for all tenants and which you may not read; " +
    'somebody who may can run kubectl enbi --namespace team logs hello\n';

  /** Neither Pods nor logs, or Pods alone. */
  const refusals = [
    ['list', 'enbi'],
    ['followLog', 'enbi/agent-pod/agent'],
  ] as const;

  async function read(status: object, refused: readonly string[], ...args: string[]): Promise<string> {
    const cluster = aCluster(status);
    cluster.onCall = ({ verb, key }) => {
      if (verb === refused[0] && key === refused[1]) throw new PolicyError('Forbidden', 'no');
    };
    const { out } = await runInMemory(['logs', 'hello', ...args], { cluster });
    return out.slice(everything.indexOf('import │'));
  }

  it.each(refusals)('says why, and what the NixBuild knows of it: may not %s', async (...refused) => {
    const [failed, progress] = [{ ...importing, status: 'Failed', failure }, '1 of 2 layers sent'];
    expect(await read({ ...importing, progress }, refused)).toBe(`${why}import ┄ 1 of 2 layers sent\n`);
    expect(await read(failed, refused)).toBe(`${why}import ┄ failed: NameConflict: taken\n`);
    expect(await read({ ...succeeded, nodes: ['node-1'], built: { layersSent: 3 } }, refused)).toBe(
      `${why}import ┄ the image is on node-1, 3 layers sent\n`,
    );
  });

  it.each(refusals)('says its failure once when followed: may not %s', async (...refused) => {
    const failed = { ...importing, status: 'Failed', failure };
    const end = 'Failed: NameConflict at stage Import: taken\n';
    expect(await read(failed, refused, '--follow')).toBe(`${why}${end}`);
  });

  it('goes on with its progress when followed', async () => {
    const [cluster, clock] = [aCluster({ ...importing, progress: 'one' }), new FakeClock()];
    cluster.onCall = ({ verb, key }) => {
      if (verb === 'list' && key === 'enbi') throw new PolicyError('Forbidden', 'no');
    };
    const ran = runInMemory(['logs', 'hello', '--follow'], { cluster, clock });
    await until(() => clock.pending.length > 0);
    await put(cluster, { progress: 'two' });
    await clock.advance(2000);
    await put(cluster, { status: 'Succeeded', nodes: ['node-1'] });
    await clock.advance(2000);
    const notes = ['one', 'two', 'the image is on node-1'].map((text) => `import ┄ ${text}\n`).join('');
    expect((await ran).out.slice(everything.indexOf('import │'))).toBe(`${why}${notes}Succeeded\n`);
  });

  it('says nothing where it was never reached', async () => {
    const status = { status: 'Failed', attempts: 1, failure: { ...failure, stage: 'Build' } };
    expect(await read(status, refusals[0])).toBe('');
  });
});

async function put(cluster: MemoryCluster, status: object): Promise<void> {
  await cluster.patch(resource.builds, hello, { status }, { subresource: 'status' });
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !holds(); turn++) await new Promise(setImmediate);
}
