import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../src/errors.ts';
import { exclusively } from './lock.ts';
import { prepareToBuild } from './machine.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** All that the result depends on, beside the flags. */
const sources = ['go.mod', 'go.sum', 'dns/go.mod', 'dns/go.sum', 'dns/main.go'];
const runc = 'github.com/opencontainers/runc';

export interface Components {
  /** The folder that holds kubectl, kubelet, kube-apiserver, server (etcd), containerd, ctr, runc, the CNI plugins, … */
  readonly bin: string;
}

/** Gives the programs a cluster consists of, built from the modules that cluster/go.mod pins; built once, then cached. */
export async function ensureComponents(report: (line: string) => void): Promise<Components> {
  const [goMod = '', ...others] = await Promise.all(sources.map((name) => readFile(join(here, name), 'utf8')));
  const steps = buildSteps(goMod);
  const hash = createHash('sha256')
    .update(JSON.stringify([goMod, ...others, process.arch, steps]))
    .digest('hex');
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'enbi', 'components');
  const bin = join(cache, hash.slice(0, 16));
  if (existsSync(bin)) return { bin };
  const waiting = () => report('another process is building the components: waiting for it');
  await exclusively(cache, waiting, async () => {
    if (!existsSync(bin)) await build(steps, bin, report);
  });
  return { bin };
}

interface BuildStep {
  /** The module, as a folder below this one. */
  readonly module: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly packages: readonly string[];
}

/** runc alone needs C (libseccomp). CoreDNS is a module apart, so that it has no say in the versions of the rest. */
export function buildSteps(goMod: string): readonly BuildStep[] {
  const packages = toolPackages(goMod);
  const [, version = '', major = '', minor = ''] = /k8s\.io\/kubernetes v((\d+)\.(\d+)\.\d+)/.exec(goMod) ?? [];
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  const plain = ['-trimpath', '-ldflags', '-s -w'];
  return [
    {
      module: '.',
      env: { CGO_ENABLED: '0' },
      args: ['-trimpath', '-ldflags', `-s -w ${stamps.join(' ')}`],
      packages: packages.filter((name) => name !== runc),
    },
    { module: '.', env: { CGO_ENABLED: '1' }, args: [...plain, '-tags', 'seccomp'], packages: [runc] },
    { module: 'dns', env: { CGO_ENABLED: '0' }, args: plain, packages: ['.'] },
  ];
}

/** The packages of go.mod's `tool ( … )` block. */
export function toolPackages(goMod: string): string[] {
  const block = /^tool \(\n([^)]*)\)/m.exec(goMod)?.[1] ?? '';
  return block.split('\n').flatMap((line) => line.trim() || []);
}

async function build(steps: readonly BuildStep[], bin: string, report: (line: string) => void): Promise<void> {
  await prepareToBuild(report);
  const cache = dirname(bin);
  await mkdir(cache, { recursive: true });
  await removeAbandonedBuilds(cache);
  const unfinished = await mkdtemp(join(cache, unfinishedPrefix));
  report('building Kubernetes from source: several minutes the first time, cached afterwards');
  for (const step of steps) await goBuild(step, unfinished, report);
  // Whoever finds the folder under its final name finds it complete.
  await rename(unfinished, bin);
}

const unfinishedPrefix = '.unfinished-';

async function removeAbandonedBuilds(cache: string): Promise<void> {
  const abandoned = (await readdir(cache)).filter((name) => name.startsWith(unfinishedPrefix));
  await Promise.all(abandoned.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

async function goBuild(step: BuildStep, into: string, report: (line: string) => void): Promise<void> {
  const child = spawn('go', ['build', '-v', ...step.args, '-o', `${into}/`, ...step.packages], {
    cwd: join(here, step.module),
    // The user's own flags would make the result depend on who built it.
    env: { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false', ...step.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const progress = followBuild(report);
  createInterface({ input: child.stderr }).on('line', progress.line);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(progress.stop);
  if (code !== 0) throw new InternalError('ComponentsNotBuilt', `go build failed: ${progress.tail().join('\n')}`);
}

/** `go build -v` names each package as it is compiled and each module as it is fetched, and is silent while it links. */
function followBuild(report: (line: string) => void) {
  const startedAt = Date.now();
  const last: string[] = [];
  let [compiled, fetched] = [0, 0];
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    report(
      `building components: ${seconds} s, ${fetched} modules fetched, ${compiled} packages compiled, ${last.at(-1) ?? 'linking'}`,
    );
  }, 5000);
  return {
    line: (line: string) => {
      if (line.startsWith('go: downloading')) fetched++;
      else compiled++;
      last.push(line);
      if (last.length > 30) last.shift();
    },
    stop: () => clearInterval(timer),
    tail: () => last,
  };
}
