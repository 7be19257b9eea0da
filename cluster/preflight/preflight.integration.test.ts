import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const checkout = join(import.meta.dirname, '../..');
/** Where Go is found is for each test to say. */
const path = '/usr/sbin:/usr/bin:/sbin:/bin';
let scratch: string;
let home: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'enbi-preflight-'));
  home = join(scratch, 'home');
  mkdirSync(home);
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

interface Trial {
  /** Of the script, as package.json names it; default: npm start. */
  readonly script?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is done to the machine before, in a mount and network namespace that ends with the trial. */
  readonly before?: string;
  /** What stands between that namespace and the script. */
  readonly under?: string;
  /** What is done to the script's own process. */
  readonly inside?: string;
}

/** Runs a script of package.json on a machine where nothing was built before. */
function tried({ script = ['test/story/main.ts'], env = {}, before = ':', under = '', inside }: Trial) {
  const loader = inside === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(inside)}`];
  const shell = `set -e\n${before}\nexec ${under} "$@"`;
  const command = [process.execPath, ...loader, 'tools/bootstrap.mjs', ...script];
  const { status, stdout, stderr } = spawnSync('unshare', ['--mount', '--net', 'sh', '-c', shell, 'sh', ...command], {
    cwd: checkout,
    env: { PATH: path, HOME: home, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, said: `${stdout}${stderr}` };
}

/** A Go that says its version and builds nothing. */
function goOf(version: string, toolchain = 'auto'): string {
  const folder = join(scratch, 'go');
  mkdirSync(folder, { recursive: true });
  const json = JSON.stringify({ GOCACHE: join(home, 'go-build'), GOMODCACHE: join(home, 'go-mod') });
  const answer = `case "$*" in *-json*) echo '${json}';; *) printf 'go${version}\\n${toolchain}\\n';; esac`;
  writeFileSync(join(folder, 'go'), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
  return `${folder}:${path}`;
}

const noGo = 'this machine will not do: Go 1.21 or later is not in PATH';

describe('before anything is installed or built, one sentence says', () => {
  test.each<[string, () => Trial, string]>([
    [
      'that Node is too old',
      () => ({ inside: override('process.versions', 'node', '18.19.0') }),
      'Node 20 or later is needed, and this is 18.19.0',
    ],
    [
      'that this is not Linux',
      () => ({ inside: override('process', 'platform', 'darwin') }),
      'this machine will not do: this needs Linux',
    ],
    [
      'that this is not root',
      () => ({ inside: 'process.getuid = () => 1000' }),
      'this machine will not do: this needs root',
    ],
    ['that Go is missing, to npm start', () => ({}), noGo],
    ['that Go is missing, to npm run cluster -- up', () => ({ script: ['cluster/main.ts', 'up'] }), noGo],
    ['that Go is missing, to npm test', () => ({ script: ['test/run.ts'] }), noGo],
    ['that Go is too old', () => ({ env: { PATH: goOf('1.19.8') } }), 'this machine will not do: Go 1.19.8 is too old'],
    [
      'that Go may not fetch the one that is needed',
      () => ({ env: { PATH: goOf('1.25.0', 'local') } }),
      'this machine will not do: Go 1.25.0 is too old, and GOTOOLCHAIN=local keeps it from fetching 1.26',
    ],
    [
      'that the home directory is read-only',
      () => ({ env: { PATH: goOf('1.26.8') }, before: `mount -t tmpfs -o ro none ${home}` }),
      "enbi's cache, HOME/.cache/enbi, cannot be written, as its file system is read-only",
    ],
    [
      'that the home directory is full',
      () => ({ env: { PATH: goOf('1.26.8') }, before: `mount -t tmpfs -o size=64m none ${home}` }),
      '6.3 GB are needed on one disk and 0.1 GB are free',
    ],
    [
      'that the cache has a path with a space',
      () => ({ env: { PATH: goOf('1.26.8'), XDG_CACHE_HOME: join(home, 'a b') } }),
      'this machine will not do: the path of enbi\'s cache, "HOME/a b/enbi", has a space',
    ],
    [
      'that the folder of clusters has a path with a space',
      () => ({ env: { PATH: goOf('1.26.8'), ENBI_CLUSTER_STATE: join(home, 'a b') } }),
      'this machine will not do: the path of the folder of clusters, "HOME/a b", has a space',
    ],
    [
      'that there is too little memory',
      () => ({ env: { PATH: goOf('1.26.8') }, before: littleMemory() }),
      'this machine will not do: 2.0 GB of memory are needed, and 0.5 GB are free',
    ],
    [
      'that root may make no namespaces, as in an ordinary container',
      () => ({ env: { PATH: goOf('1.26.8') }, under: 'setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin' }),
      'this machine will not do: root may not make namespaces here; in a container, it has to be a privileged one',
    ],
    [
      'that overlayfs cannot lie on the disk',
      () => ({ env: { PATH: goOf('1.26.8'), ENBI_CLUSTER_STATE: home }, before: overlayOn(home) }),
      'this machine will not do: overlayfs cannot be mounted on the disk of HOME',
    ],
    [
      'that cgroups are read-only',
      () => ({ env: { PATH: goOf('1.26.8') }, before: readOnlyCgroups }),
      'this machine will not do: cgroups are read-only',
    ],
  ])('%s', (_, trial, sentence) => {
    const { status, said } = tried(trial());
    expect(said).toContain(sentence.replaceAll('HOME', home));
    expect(said).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
    expect(readdirSync(home)).toEqual([]);
  });
});

test('that every address is in use is said before anything is built', () => {
  const env = { PATH: goOf('1.26.8'), ENBI_CLUSTER_STATE: join(home, 'state') };
  const before = 'ip link set lo up; ip route add unreachable 10.0.0.0/8';
  const { status, said } = tried({ script: ['cluster/main.ts', 'up'], env, before });
  expect(said).toContain('error: every address range a cluster could take');
  expect(said).not.toMatch(/building|^\s+at /m);
  expect(status).toBe(1);
});

test('a checkout whose path has spaces works', () => {
  const spaced = join(scratch, 'with a space');
  mkdirSync(spaced);
  const before = `mount --bind '${checkout}' '${spaced}'; cd '${spaced}'`;
  expect(tried({ script: ['cluster/main.ts', 'status'], before })).toEqual({ status: 0, said: 'no cluster "enbi"\n' });
});

test('npm test goes on without the real parts where there can be none, and says so first', () => {
  const { said } = tried({ script: ['test/run.ts', 'nothing', 'e2e'], inside: 'process.getuid = () => 1000' });
  expect(said).toContain('the tests on real parts will be skipped: this needs root');
});

function override(object: string, name: string, value: string): string {
  return `Object.defineProperty(${object}, '${name}', { value: '${value}' })`;
}

function littleMemory(): string {
  const file = join(scratch, 'meminfo');
  writeFileSync(file, 'MemTotal: 1000000 kB\nMemAvailable: 500000 kB\nSwapFree: 0 kB\n');
  return `mount --bind ${file} /proc/meminfo`;
}

function overlayOn(folder: string): string {
  const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(scratch, name));
  return `mkdir ${lower} ${upper} ${work}; mount -t overlay -o lowerdir=${lower},upperdir=${upper},workdir=${work} o ${folder}`;
}

const readOnlyCgroups =
  'at=$(findmnt -n -o TARGET -t cgroup,cgroup2 | tail -n 1); mount --bind "$at" "$at"; mount -o remount,bind,ro "$at"';
