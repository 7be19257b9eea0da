import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Container } from '../test/support/container.ts';
import { KubeletVolume } from '../test/support/kubelet-volume.ts';
import { hostArchitecture } from './architecture.ts';
import { ensureRootfs } from './rootfs.ts';

/** The loop with the image's own shell, in containers that are played: what it starts is a script that does as a test says. */
const home = mkdtempSync(join(tmpdir(), 'enbi-loop-'));
let rootfs: string;
let started: Container[] = [];
let pods = 0;

beforeAll(async () => {
  chmodSync(home, 0o755);
  rootfs = await ensureRootfs(hostArchitecture(), () => {});
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => {
  started = [];
});
afterEach(async () => {
  for (const container of started) await container.kill();
});

/** Two containers of one Pod, as far as the loop knows of it. */
function aPod() {
  const at = (name: string) => join(home, `pod-${pods}`, name);
  pods++;
  for (const name of ['order', 'handover', 'handback', 'fetch', 'build', 'scratch/fetch', 'scratch/build'])
    mkdirSync(at(name), { recursive: true });
  for (const name of ['handover', 'handback']) chmodSync(at(name), 0o777);
  const kubelet = new KubeletVolume(at('order'));
  return {
    at,
    list: (name: string) => kubelet.write('orders.json', name),
    /** What the next processes of a container do. */
    plan: (step: string, script: string) => writeFileSync(at(`${step}/act`), script),
    start: (step: 'fetch' | 'build', idleSeconds = 100, command = ['/opt/enbi/builder', step, String(idleSeconds)]) => {
      writeFileSync(at(`${step}/node`), node);
      chmodSync(at(`${step}/node`), 0o755);
      const container = new Container({
        rootfs,
        scratch: at(`scratch/${step}`),
        mounts: [
          { inside: '/opt/enbi/builder', outside: join(import.meta.dirname, 'builder.sh') },
          { inside: '/usr/bin/node', outside: at(`${step}/node`) },
          { inside: '/srv', outside: at(step), readOnly: true },
          { inside: '/enbi/order', outside: at('order'), readOnly: true },
          { inside: '/enbi/handover', outside: at('handover'), readOnly: step === 'build' },
          { inside: '/enbi/handback', outside: at('handback'), readOnly: step === 'fetch' },
        ],
        command,
      });
      started.push(container);
      return container;
    },
  };
}

/** In the place of Node. */
const node = `#!/usr/bin/busybox sh
echo "runs $* $(cat /enbi/order/orders.json)"
. /srv/act
`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const runs = ({ lines }: Container) => lines.filter((line) => line.startsWith('runs '));

describe('the loop of a builder', () => {
  test('runs enbi once for each list, and alone stands idle within 20 MiB for both containers', async () => {
    const pod = aPod();
    for (const step of ['fetch', 'build']) pod.plan(step, 'exit 20');
    await pod.list('one');
    const both = [pod.start('fetch'), pod.start('build')] as const;
    for (const list of ['one', 'two', 'three']) {
      await pod.list(list);
      for (const container of both) await expect.poll(() => runs(container).at(-1)).toMatch(new RegExp(` ${list}$`));
    }
    const [fetch, build] = both;
    await expect.poll(() => [...fetch.others, ...build.others]).toEqual([]);
    const count = runs(fetch).length + runs(build).length;
    await pause(1000);
    expect(runs(fetch).length + runs(build).length).toBe(count);
    expect(runs(fetch)[0]).toBe('runs /opt/enbi/enbi.mjs fetch-listed one');
    expect(runs(build)[0]).toBe('runs /opt/enbi/enbi.mjs build-listed one');
    expect(fetch.residentBytes).toBeGreaterThan(100_000);
    expect(fetch.residentBytes + build.residentBytes).toBeLessThan(20 * 2 ** 20);
  });

  test('runs enbi again for a list that came while it ran', async () => {
    const pod = aPod();
    pod.plan('fetch', 'while [ ! -e /srv/go ]; do sleep 0.1; done; exit 20');
    await pod.list('one');
    const fetch = pod.start('fetch');
    await expect.poll(() => runs(fetch)).toHaveLength(1);
    await pod.list('two');
    writeFileSync(pod.at('fetch/go'), '');
    await expect.poll(() => runs(fetch).at(-1)).toMatch(/ two$/);
  });

  test('runs enbi again at once where another order is left', async () => {
    const pod = aPod();
    pod.plan('build', '[ -e /tmp/first ] && exit 20; touch /tmp/first; exit 21');
    await pod.list('one');
    const build = pod.start('build');
    await expect.poll(() => runs(build)).toHaveLength(2);
    await pause(500);
    expect(runs(build)).toHaveLength(2);
  });

  test.each([
    ['a daemon', 'setsid sleep 1000 </dev/null >/dev/null 2>&1 &'],
    ['what an end of its parent does not reach', '(trap "" HUP TERM INT; sleep 1000 & sleep 1000) &'],
    ['one in a user namespace and a PID namespace', 'unshare --user --map-root-user --pid --fork sleep 1000 &'],
    ['one that prints without end', '(while :; do echo still here; done) &'],
    ['one that starts another and ends, without end', 'f() { sleep 0.02; f & }; for n in 1 2 3; do f & done'],
  ])('kills %s that an order left behind', async (_, script) => {
    const pod = aPod();
    pod.plan('build', `${script}\nsleep 0.3\nexit 20`);
    await pod.list('one');
    const build = pod.start('build');
    await expect.poll(() => build.others.length).toBeGreaterThan(1);
    await expect.poll(() => build.others.length).toBe(0);
    await pause(300);
    const { length } = build.output;
    await pause(500);
    expect([build.others, build.output.length - length]).toEqual([[], 0]);
  });

  test('cannot be ended by the code of a build other than by the signal to stop', async () => {
    const pod = aPod();
    pod.plan('build', 'kill -9 1; kill -STOP 1; kill -HUP 1; kill -USR1 1; exit 20');
    await pod.list('one');
    const build = pod.start('build');
    await expect.poll(() => runs(build)).toHaveLength(1);
    await pod.list('two');
    await expect.poll(() => runs(build)).toHaveLength(2);
  });
});

describe('the loop of a builder ends', () => {
  const endOf = async (act: string, idleSeconds?: number) => {
    const pod = aPod();
    pod.plan('fetch', act);
    await pod.list('one');
    const container = pod.start('fetch', idleSeconds);
    const exit = await container.ended;
    return { exit, runs: runs(container).length, isMarked: existsSync(pod.at('handover/ended')) };
  };

  test.each([
    ['with the exit code of a failure', 'exit 10', 10],
    ['with that of a process that was killed', 'kill -9 $$', 137],
    ['well where enbi says so', 'exit 22', 0],
  ])('%s, and says so to the other one', async (_, act, exit) => {
    expect(await endOf(act)).toEqual({ exit, runs: 1, isMarked: true });
  });

  test('when nothing was listed for as long as it may wait', async () => {
    expect(await endOf('exit 0', 1)).toEqual({ exit: 0, runs: 1, isMarked: true });
  });

  test('not while something is listed', async () => {
    const pod = aPod();
    pod.plan('fetch', 'exit 20');
    await pod.list('one');
    const fetch = pod.start('fetch', 1);
    await expect.poll(() => runs(fetch)).toHaveLength(1);
    await pause(2500);
    expect(fetch.pid).toBeDefined();
    pod.plan('fetch', 'exit 0');
    await pod.list('none');
    expect(await fetch.ended).toBe(0);
  });

  test('when the other container has, after what it does', async () => {
    const pod = aPod();
    pod.plan('fetch', 'exit 10');
    pod.plan('build', 'while [ ! -e /srv/go ]; do sleep 0.1; done; exit 20');
    await pod.list('one');
    const [build, fetch] = [pod.start('build'), pod.start('fetch')];
    expect(await fetch.ended).toBe(10);
    await pause(500);
    expect(build.pid).toBeDefined();
    writeFileSync(pod.at('build/go'), '');
    expect(await build.ended).toBe(0);
  });

  test('after the list that was there, where the other container was sooner', async () => {
    const pod = aPod();
    writeFileSync(pod.at('handover/ended'), '');
    pod.plan('build', 'exit 11');
    await pod.list('one');
    expect(await pod.start('build').ended).toBe(11);
  });

  test('when it is told to stop, as enbi does that', async () => {
    const pod = aPod();
    pod.plan('build', 'trap "exit 11" TERM; echo ready; while :; do sleep 0.1; done');
    await pod.list('one');
    const build = pod.start('build');
    await expect.poll(() => build.lines).toContain('ready');
    build.signal('SIGTERM');
    expect(await build.ended).toBe(11);
  });

  test('at once when it is told to stop while it waits', async () => {
    const pod = aPod();
    pod.plan('build', 'exit 20');
    await pod.list('one');
    const build = pod.start('build');
    await expect.poll(() => [runs(build).length, build.others.length]).toEqual([1, 0]);
    build.signal('SIGTERM');
    expect(await build.ended).toBe(0);
  });

  test('at once where it is not the first process, and kills nobody', async () => {
    const pod = aPod();
    const command = ['/usr/bin/sh', '-c', '/opt/enbi/builder fetch 1; echo code $?'];
    const fetch = pod.start('fetch', 1, command);
    expect(await fetch.ended).toBe(0);
    expect(fetch.lines).toEqual(['[enbi] the builder is not the first process of its container', 'code 12']);
  });
});
