import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSteps, helmBuildSteps, oldestBuildSteps } from './build-steps.ts';
import { ensureDebianContainerd } from './debian-containerd.ts';
import { type Flavour, usual } from './flavour.ts';
import { type BuildStep, goBuild } from './go-build.ts';
import { exclusively } from './lock.ts';
import { prepareToBuild } from './machine.ts';

const here = dirname(fileURLToPath(import.meta.url));

export interface Components {
  /** The folder that holds kubectl, kubelet, kube-apiserver, server (etcd), containerd, ctr, runc, the CNI plugins, … */
  readonly bin: string;
}

type Versions = Pick<Flavour, 'kubernetes' | 'containerd'>;
type Report = (line: string) => void;

/**
 * Gives the programs a cluster consists of, built from the modules that cluster/go.mod pins; built once, then cached. Other
 * versions take the place of some of them.
 */
export async function ensureComponents(report: Report, versions: Versions = usual): Promise<Components> {
  const folders = [await ensureBuilt(newest, report)];
  if (versions.kubernetes === 'oldest') folders.push(await ensureBuilt(oldest, report));
  if (versions.containerd !== 'newest') folders.push(await ensureDebianContainerd(versions.containerd, report));
  return { bin: await combined(folders) };
}

/** Helm, for who installs the chart; no cluster needs it. */
export async function ensureHelm(report: Report): Promise<string> {
  return join(await ensureBuilt(helm, report), 'helm');
}

/** What is built from one go.mod. */
interface Recipe {
  /** All that the result depends on, beside the flags; the first is the go.mod. */
  readonly sources: readonly string[];
  readonly steps: (goMod: string) => readonly BuildStep[];
  readonly cache: string;
}

const newest: Recipe = {
  sources: ['go.mod', 'go.sum', 'dns/go.mod', 'dns/go.sum', 'dns/main.go'],
  steps: buildSteps,
  cache: '.',
};
const oldest: Recipe = { sources: ['oldest/go.mod', 'oldest/go.sum'], steps: oldestBuildSteps, cache: 'oldest' };
const helm: Recipe = { sources: ['helm/go.mod', 'helm/go.sum'], steps: helmBuildSteps, cache: 'helm' };

async function ensureBuilt(recipe: Recipe, report: Report): Promise<string> {
  const [goMod = '', ...others] = await Promise.all(recipe.sources.map((name) => readFile(join(here, name), 'utf8')));
  const steps = recipe.steps(goMod);
  const cache = join(cacheFolder(), recipe.cache);
  const bin = join(cache, hashOf([goMod, ...others, process.arch, steps]));
  if (existsSync(bin)) return bin;
  const waiting = () => report('another process is building the components: waiting for it');
  await exclusively(cache, waiting, async () => {
    if (!existsSync(bin)) await build(steps, bin, report);
  });
  return bin;
}

async function build(steps: readonly BuildStep[], bin: string, report: Report): Promise<void> {
  await prepareToBuild(report);
  await makeFolder(bin, async (unfinished) => {
    report('building from source: several minutes the first time, cached afterwards');
    for (const step of steps) await goBuild(step, unfinished, report);
  });
}

/** One folder with the programs of all; of two with one name, the later folder's. Links, so it takes no space. */
async function combined(folders: readonly string[]): Promise<string> {
  const [first = '', ...others] = folders;
  if (others.length === 0) return first;
  const bin = join(cacheFolder(), 'combined', hashOf(folders));
  await exclusively(
    dirname(bin),
    () => undefined,
    async () => {
      if (existsSync(bin)) return;
      await makeFolder(bin, async (unfinished) => {
        const programs = await Promise.all(folders.map(async (folder) => await programsOf(folder)));
        const chosen = new Map(programs.flat());
        for (const [name, path] of chosen) await link(path, join(unfinished, name));
      });
    },
  );
  return bin;
}

async function programsOf(folder: string): Promise<(readonly [name: string, path: string])[]> {
  return (await readdir(folder)).map((name) => [name, join(folder, name)] as const);
}

/** Whoever finds the folder under its final name finds it complete. The caller holds the lock of the folder it lies in. */
async function makeFolder(path: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const unfinished = await mkdtemp(join(parent, unfinishedPrefix));
  await fill(unfinished);
  await rename(unfinished, path);
}

const unfinishedPrefix = '.unfinished-';

async function removeAbandoned(parent: string): Promise<void> {
  const abandoned = (await readdir(parent)).filter((name) => name.startsWith(unfinishedPrefix));
  await Promise.all(abandoned.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'enbi', 'components');
}

function hashOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
