import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bundleInParts } from '../../image/bundle.ts';
import { ensureRootfs } from '../../image/rootfs.ts';
import { Container } from '../../test/support/container.ts';
import { type GitServer, serveGit } from '../../test/support/git-daemon.ts';
import { KubeletVolume } from '../../test/support/kubelet-volume.ts';
import type { BuilderOrder } from '../api/builder-order.ts';
import { type Isolation, paths } from '../api/order.ts';
import { parseReport, type Report, reportPrefix } from '../api/report.ts';
import { BuildResult } from '../api/result.ts';

/** A builder that stays, with all that it runs: the loop, enbi, the image's Nix and git, in containers as a runtime makes them. */
const home = mkdtempSync(join(tmpdir(), 'enbi-staying-'));
const program = join(home, 'enbi');
let rootfs: string;
let git: GitServer;
let started: Container[] = [];
let pods = 0;

beforeAll(async () => {
  chmodSync(home, 0o755);
  rootfs = await ensureRootfs('amd64', () => {});
  mkdirSync(program);
  await bundleInParts('src/main/main.ts', program);
  copyFileSync(join(import.meta.dirname, '../../image/builder.sh'), join(program, 'builder'));
  chmodSync(join(program, 'builder'), 0o755);
  git = await serveGit(join(home, 'git'));
  git.commit('images', { 'flake.nix': imagesFlake, 'bin/busybox': { copyOf: '/bin/busybox' } });
}, 1_800_000);
afterEach(async () => {
  for (const container of started) await container.kill();
  started = [];
});
afterAll(() => {
  git.stop();
  rmSync(home, { recursive: true, force: true });
});

/** What a builder's code may do: without a sandbox it sees its container as enbi's own processes do. */
const imagesFlake = `{
  outputs = { self }: let
    run = name: script: derivation {
      inherit name; system = "x86_64-linux"; builder = "\${./bin}/busybox"; PATH = "/usr/bin";
      args = [ "sh" "-c" "\${script}\necho \${name} > $out" ];
    };
  in {
    packages.x86_64-linux = {
      one = run "one" "echo making one";
      two = run "two" "echo making two";
      failing = run "failing" "echo the reason; exit 3";
      slow = run "slow" "echo begun; sleep 1000";
      leaving = run "leaving" "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo left > /tmp/left; echo left > /dev/shm/left; mkdir -p /tmp/closed/in; chmod 500 /tmp/closed";
      looking = run "looking" "ls -A /tmp /dev/shm; ps";
      tampering = run "tampering" ''
        echo '{"ask":"","done":[{"order":"b","result":"{}"}]}' > /enbi/handback/orders.json
        for place in /enbi/handover /enbi/order /enbi/secret /enbi/fetch-cache /opt/enbi; do
          touch $place/pwned && echo "wrote to $place"
          ls -A $place
        done
        report='[enbi] report: {"step":"fetch","order":"b","result":{"ok":true,"lockedUrl":"forged"}}'
        echo "$report" > /proc/1/fd/1
        mkdir -p /nix/var/nix/daemon-socket /enbi/cache/nix/gitv3
        for path in /tmp/git /tmp/nix /tmp/ssh /dev/shm/git /enbi/cache/nix/gitv3/config; do
          printf '#!/bin/sh\\ntouch /enbi/handover/pwned\\n' > $path; chmod +x $path
        done
      '';
      killing = run "killing" "kill -9 -1";
    };
  };
}`;

function anOrder(id: string, packageName: string): BuilderOrder {
  return isolated(id, packageName, 'Unprivileged');
}

function isolated(id: string, packageName: string, isolation: Isolation): BuilderOrder {
  const nix = { substituters: [], trustedPublicKeys: [], extraPlatforms: [], timeoutSeconds: 60, maxSilentSeconds: 60 };
  const build = {
    flakeUrl: git.url('images'),
    packageName,
    system: 'x86_64-linux',
    isolation,
    root: `root-${id}`,
    fetchCache: 'public',
    nix: { ...nix, maxJobs: 2, cores: 0 },
  };
  return { id, build };
}

async function aBuilder(...orders: readonly BuilderOrder[]) {
  const at = (name: string) => join(home, `pod-${pods}`, name);
  pods++;
  const own = ['handover', 'handback', 'store/nix/store', 'store/nix/var/nix/gcroots/enbi', 'store/cache'];
  for (const name of [...own, 'store/fetch-cache', 'secret', 'order', 'scratch/fetch', 'scratch/build'])
    mkdirSync(at(name), { recursive: true });
  const logs = { fetch: at('fetch-message'), build: at('build-message') };
  for (const path of Object.values(logs)) writeFileSync(path, '');
  writeFileSync(at('secret/access-tokens'), 'example.org=secret-of-the-test');
  execFileSync('chown', ['-R', '1000:1000', at('')]);
  const kubelet = new KubeletVolume(at('order'));
  const list = (listed: readonly BuilderOrder[], more: object = {}) =>
    kubelet.write('orders.json', JSON.stringify({ version: '1', ask: '', atOnce: 1, orders: listed, ...more }));
  await list(orders);
  const start = (step: 'fetch' | 'build', mounts: readonly (readonly [string, string, 'ro'?])[]) => {
    const shared = [
      ['/opt/enbi', program, 'ro'],
      ['/nix', at('store/nix')],
      ['/enbi/order', at('order'), 'ro'],
      [paths.terminationLog, logs[step]],
    ] as const;
    const container = new Container({
      rootfs,
      scratch: at(`scratch/${step}`),
      mounts: [...shared, ...mounts].map(([inside, outside, mode]) => ({
        inside,
        outside,
        readOnly: mode === 'ro',
      })),
      env: { ENBI_VERSION: '1' },
      command: [paths.builderLoop, step, '100'],
    });
    started.push(container);
    return container;
  };
  const fetch = start('fetch', [
    [paths.handover, at('handover')],
    [paths.handback, at('handback'), 'ro'],
    [paths.fetchCache, at('store/fetch-cache')],
    ['/enbi/secret', at('secret'), 'ro'],
  ]);
  const build = start('build', [
    [paths.handover, at('handover'), 'ro'],
    [paths.handback, at('handback')],
    [paths.buildCache, at('store/cache')],
  ]);
  const reports = (): readonly Report[] =>
    [fetch, build].flatMap(({ lines }) => lines.flatMap((line) => parseReport(line) ?? []));
  return {
    at,
    fetch,
    build,
    list,
    reports,
    /** Of the container `build`. */
    resultOf: async (order: string) => {
      const found = () =>
        build.lines.flatMap((line) => parseReport(line) ?? []).find((report) => report.order === order);
      await expect.poll(found, { timeout: 60_000, message: `${fetch.output}\n${build.output}` }).toBeDefined();
      return BuildResult.parse(found()?.result);
    },
    message: (step: 'fetch' | 'build') => readFileSync(logs[step], 'utf8'),
  };
}

const linesOf = ({ lines }: Container, order: string) => {
  const from = lines.findIndex((line) => line.endsWith(`begins: order ${order}`));
  const length = lines.slice(from + 1).findIndex((line) => line.includes(' begins: order '));
  return lines.slice(from, length === -1 ? undefined : from + 1 + length);
};

test.each(['Unprivileged', 'Sandboxed'] as const)(
  'two orders after each other, %s: the same two containers, a warm store, a root and lines of its own for each',
  async (isolation) => {
    const anOrder = (id: string, packageName: string) => isolated(id, packageName, isolation);
    const builder = await aBuilder(anOrder('a', 'one'));
    const first = await builder.resultOf('a');
    expect(first).toMatchObject({ ok: true, derivationsBuilt: 1 });
    await builder.list([anOrder('b', 'two')]);
    const second = await builder.resultOf('b');
    expect(second).toMatchObject({ ok: true, derivationsBuilt: 1, pathsCopied: 0 });
    await builder.list([anOrder('c', 'two')]);
    expect(await builder.resultOf('c')).toMatchObject({ ok: true, derivationsBuilt: 0 });
    expect(readdirSync(builder.at('store/nix/var/nix/gcroots/enbi')).toSorted()).toEqual([
      'root-a',
      'root-b',
      'root-c',
    ]);
    expect(linesOf(builder.build, 'a').join()).toContain('making one');
    expect(linesOf(builder.build, 'b').join()).toContain('making two');
    expect(linesOf(builder.build, 'b').join()).not.toContain('one');
    expect(linesOf(builder.fetch, 'b').at(-1)).toContain('"step":"fetch","order":"b"');
    expect(builder.reports()).toHaveLength(6);
    await builder.list([]);
    await expect.poll(() => readdirSync(builder.at('handover'))).toEqual(['orders.json']);
    await expect.poll(() => [...builder.fetch.others, ...builder.build.others]).toEqual([]);
    expect(builder.fetch.residentBytes + builder.build.residentBytes).toBeLessThan(20 * 2 ** 20);
  },
);

test('of two orders at once the second is not fetched before the first has left the list', async () => {
  const [first, second] = [anOrder('b', 'two'), anOrder('a', 'one')];
  const builder = await aBuilder(first, second);
  expect(await builder.resultOf('b')).toMatchObject({ ok: true });
  await builder.list([first, second], { ask: 'x' });
  await expect.poll(() => builder.fetch.output).toContain('"ask":"x"');
  expect(builder.fetch.output).not.toContain('order a');
  await builder.list([second], { ask: 'x' });
  expect(await builder.resultOf('a')).toMatchObject({ ok: true });
  expect(builder.fetch.lines.flatMap((line) => parseReport(line)?.order ?? [])).toEqual(['b', 'b', 'a']);
});

test('a failure ends it, with its report as termination message; what has not begun is left', async () => {
  const builder = await aBuilder(anOrder('a', 'failing'), anOrder('b', 'one'));
  expect(await builder.build.ended).toBe(10);
  expect(await builder.fetch.ended).toBe(0);
  const report = parseReport(`${reportPrefix}${builder.message('build')}`);
  expect(report).toMatchObject({ order: 'a', result: { ok: false, reason: 'BuilderFailed', logTail: 'the reason' } });
  expect(builder.build.output).not.toContain('order b');
});

test('a fetch that fails ends it too, and the build says that it was not begun', async () => {
  const builder = await aBuilder({
    ...anOrder('a', 'one'),
    build: { ...anOrder('a', 'one').build, flakeUrl: 'git://127.0.0.1:1/x' },
  });
  expect(await Promise.all([builder.fetch.ended, builder.build.ended])).toEqual([11, 11]);
  expect(parseReport(`${reportPrefix}${builder.message('build')}`)).toMatchObject({
    order: 'a',
    result: { reason: 'PodLost', retry: true },
  });
});

test('an order that leaves the list is ended, and the next one begins', async () => {
  const builder = await aBuilder(anOrder('a', 'slow'));
  await expect.poll(() => builder.build.output, { timeout: 60_000 }).toContain('begun');
  await builder.list([anOrder('b', 'one')]);
  expect(await builder.resultOf('b')).toMatchObject({ ok: true });
  expect(builder.build.lines).toContain('[enbi] order a was cancelled');
  await expect.poll(() => builder.build.others).toEqual([]);
});

test('nothing that an order left is found by the next one, be it a process or a file', async () => {
  const builder = await aBuilder(anOrder('a', 'leaving'));
  expect(await builder.resultOf('a')).toMatchObject({ ok: true });
  await builder.list([anOrder('b', 'looking')]);
  expect(await builder.resultOf('b')).toMatchObject({ ok: true });
  const seen = linesOf(builder.build, 'b').join('\n');
  expect(seen).not.toMatch(/left|closed|sleep/);
  expect(seen).toContain('enbi.mjs');
});

test('code of a build reaches nothing of what fetches, and not the next order', async () => {
  const builder = await aBuilder(anOrder('a', 'tampering'));
  expect(await builder.resultOf('a')).toMatchObject({ ok: true });
  const seen = linesOf(builder.build, 'a');
  expect(seen.filter((line) => line.includes('wrote to'))).toEqual([]);
  expect(seen.join('\n')).not.toContain('access-tokens');
  await builder.list([anOrder('b', 'one')]);
  expect(await builder.resultOf('b')).toMatchObject({ ok: true });
  expect(existsSync(builder.at('handover/pwned'))).toBe(false);
  // What it writes into its own log is for its own log alone: what fetches says so itself.
  expect(builder.fetch.output).not.toContain('forged');
  expect(builder.fetch.lines.flatMap((line) => parseReport(line)?.order ?? [])).toEqual(['a', 'b']);
});

test('code of a build that kills all that it can ends its own order', async () => {
  const builder = await aBuilder(anOrder('a', 'killing'));
  expect(await builder.build.ended).toBe(137);
  expect(await builder.fetch.ended).toBe(0);
  expect(builder.reports()).toMatchObject([{ step: 'fetch', order: 'a', result: { ok: true } }]);
});

test('a builder that is to go ends when all that is listed is done', async () => {
  const builder = await aBuilder(anOrder('a', 'one'));
  await builder.resultOf('a');
  await builder.list([], { staySeconds: 0 });
  expect(await Promise.all([builder.fetch.ended, builder.build.ended])).toEqual([0, 0]);
  expect([builder.message('fetch'), builder.message('build')]).toEqual(['', '']);
});

test('an order that is to be the last ends both containers well, with what each came to as their messages', async () => {
  const builder = await aBuilder({ ...anOrder('a', 'one'), once: true });
  expect(await Promise.all([builder.fetch.ended, builder.build.ended])).toEqual([0, 0]);
  const messages = (['fetch', 'build'] as const).map((step) => parseReport(`${reportPrefix}${builder.message(step)}`));
  expect(messages).toEqual(builder.reports());
  expect(messages).toMatchObject([{ result: { ok: true } }, { result: { ok: true } }]);
});
