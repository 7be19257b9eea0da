import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newestProfile } from './build-profile.ts';
import { type BuildProfile, type BuildSeen, progressText, timeText } from './build-progress.ts';
import { buildSteps, helmBuildSteps, oldestBuildSteps } from './build-steps.ts';
import { ensureDebianContainerd } from './debian-containerd.ts';
import { type Flavour, usual } from './flavour.ts';
import { type BuildStep, goBuild } from './go-build.ts';
import { exclusively } from './lock.ts';
import { assertCanBuild, prepareToBuild } from './machine.ts';
import type { Report } from './report.ts';

const here = dirname(fileURLToPath(import.meta.url));

export interface Components {
  /** The folder that holds kubectl, kubelet, kube-apiserver, server (etcd), containerd, ctr, runc, the CNI plugins, … */
  readonly bin: string;
}

type Versions = Pick<Flavour, 'kubernetes' | 'containerd'>;

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
  readonly profile?: BuildProfile;
}

const newest: Recipe = {
  sources: ['go.mod', 'go.sum', 'kubernetes/main.go', 'dns/go.mod', 'dns/go.sum', 'dns/main.go'],
  steps: buildSteps,
  cache: '.',
  profile: newestProfile,
};
const oldest: Recipe = { sources: ['oldest/go.mod', 'oldest/go.sum'], steps: oldestBuildSteps, cache: 'oldest' };
const helm: Recipe = { sources: ['helm/go.mod', 'helm/go.sum'], steps: helmBuildSteps, cache: 'helm' };

/** Throws UserError when they have to be built and cannot be: before anything else is begun. */
export async function assertComponentsPossible({ kubernetes }: Versions = usual): Promise<void> {
  const recipes = kubernetes === 'oldest' ? [newest, oldest] : [newest];
  const plans = await Promise.all(recipes.map(planOf));
  if (plans.some(({ bin }) => !existsSync(bin))) assertCanBuild();
}

interface Plan {
  readonly steps: readonly BuildStep[];
  readonly profile: BuildProfile | undefined;
  readonly cache: string;
  readonly bin: string;
}

async function planOf(recipe: Recipe): Promise<Plan> {
  const [goMod = '', ...others] = await Promise.all(recipe.sources.map((name) => readFile(join(here, name), 'utf8')));
  const steps = recipe.steps(goMod);
  const cache = join(cacheFolder(), recipe.cache);
  return { steps, profile: recipe.profile, cache, bin: join(cache, hashOf([goMod, ...others, process.arch, steps])) };
}

async function ensureBuilt(recipe: Recipe, report: Report): Promise<string> {
  const plan = await planOf(recipe);
  const { cache, bin } = plan;
  if (existsSync(bin)) return bin;
  const waiting = () => report('another process is building the components: waiting for it');
  await exclusively(cache, waiting, async () => {
    if (!existsSync(bin)) await build(plan, bin, report);
  });
  return bin;
}

async function build({ steps, profile }: Plan, bin: string, report: Report): Promise<void> {
  await prepareToBuild(report);
  await makeFolder(bin, async (unfinished) => {
    const expected = profile === undefined ? 'several minutes' : `about ${timeText(profile.seconds)} on two idle cores`;
    report(`building from source, once: ${expected}, and ${roomText}`);
    const progress = followBuild(unfinished, profile, report);
    try {
      await buildAll(steps, unfinished, progress.onPackage);
    } finally {
      progress.stop();
    }
  });
}

/** The first compiles most of what the others need too; they come after it, side by side. */
async function buildAll([first, ...others]: readonly BuildStep[], into: string, onPackage: () => void): Promise<void> {
  if (first !== undefined) await goBuild(first, into, onPackage);
  const ended = await Promise.allSettled(others.map((step) => goBuild(step, into, onPackage)));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

const roomText = "about 5 GB of Go's caches, which may be removed afterwards";

/** Tells every few seconds how far a build is; with a profile of such a build, how long it still takes. */
function followBuild(into: string, profile: BuildProfile | undefined, report: Report) {
  const startedAt = performance.now();
  let packages = 0;
  const timer = setInterval(() => {
    const seen = { packages, programs: readdirSync(into).length, seconds: (performance.now() - startedAt) / 1000 };
    const text = profile === undefined ? plainText(seen) : progressText(profile, seen, availableParallelism());
    report(`building from source: ${text}`, 'passing');
  }, 10_000);
  return {
    onPackage: () => void packages++,
    stop: () => clearInterval(timer),
  };
}

function plainText({ packages, seconds }: BuildSeen): string {
  return `${Math.round(seconds)} s, ${packages} packages`;
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
