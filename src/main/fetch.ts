import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { answeringCaches } from '../adapters/nix/answering-caches.ts';
import { layOutCredentials, listing } from '../adapters/nix/credentials.ts';
import { showLife } from '../adapters/nix/fetch-life.ts';
import { createGitHosts } from '../adapters/nix/git-hosts.ts';
import { createHandover } from '../adapters/nix/handover.ts';
import { refuseLargeFiles } from '../adapters/nix/large-files.ts';
import { createNix } from '../adapters/nix/nix-cli.ts';
import type { NixProcess } from '../adapters/nix/run-nix.ts';
import type { BuildOrder } from '../api/order.ts';
import type { FetchSuccess } from '../api/result.ts';
import { BuildLog } from '../builder/build-log.ts';
import { BuildPrinter } from '../builder/build-printer.ts';
import { fetchFlake } from '../builder/fetch.ts';
import type { Handed, Handover } from '../builder/ports.ts';
import { printableLine } from '../printable.ts';
import { type BuilderPlaces, builderPod } from './builder-pod.ts';
import { begins, handOver } from './hand-over.ts';
import { type ListedOrder, runListedOrder } from './listed-order.ts';
import {
  type BuildPlaces,
  buildPod,
  makeHome,
  type Ordered,
  openStore,
  prepareNix,
  readBuildOrder,
  withCaches,
} from './nix-run.ts';
import { stopSignal } from './stop-signal.ts';

const say = ({ lockedUrl }: FetchSuccess) => `fetched ${lockedUrl}`;

/** `enbi fetch`: leaves a FetchResult as termination message, returns the exit code. */
export async function runFetch(places: BuildPlaces = buildPod): Promise<number> {
  const order = { read: () => readBuildOrder(places.order), signal: stopSignal() };
  return handOver({ step: 'fetch', run: () => fetchAndHandOver(order, places), say }, places);
}

/** `enbi fetch-listed`: one order of a builder that stays, whose hand-over is a directory of its own. */
export async function runListedFetch(places: BuilderPlaces = builderPod('fetch')): Promise<number> {
  const handoverOf = (id: string) => join(places.handover, id);
  const run = async (order: ListedOrder) => {
    await rm(handoverOf(order.id), { recursive: true, force: true });
    await mkdir(handoverOf(order.id));
    return await fetchAndHandOver(order, { ...places, handover: handoverOf(order.id) });
  };
  const keepOnly = async (orders: readonly string[]) => {
    const entries = await readdir(places.handover, { withFileTypes: true });
    const others = entries.filter((entry) => entry.isDirectory() && !orders.includes(entry.name));
    for (const { name } of others) await rm(handoverOf(name), { recursive: true });
  };
  return await runListedOrder({ step: 'fetch', run, say, keepOnly }, places);
}

/** What is handed over comes last: the build begins with it when this process has ended. */
async function fetchAndHandOver({ id, read, signal }: Ordered, places: BuildPlaces): Promise<FetchSuccess> {
  begins('fetch', places, id);
  await showLife(places.handover);
  const handover = createHandover(places.handover);
  const handed = await fetchInPod(await read(), places, { handover, signal });
  await handover.write(handed);
  return { ok: true, lockedUrl: handed.lockedUrl };
}

interface Fetching {
  readonly handover: Handover;
  readonly signal: AbortSignal;
}

async function fetchInPod(order: BuildOrder, places: BuildPlaces, { handover, signal }: Fetching): Promise<Handed> {
  await using home = await makeHome(places.temporary);
  const credentials = await layOutCredentials(places.secret, home.directory);
  if (credentials.unknownKeys.length > 0)
    places.print(
      printableLine(
        `[enbi] keys of the flake's Secret that enbi does not understand: ${listing(credentials.unknownKeys)}`,
        1000,
      ),
    );
  const settings = { order, stage: 'fetch', ...credentials } as const;
  const at = { directory: home.directory, cache: join(places.fetchCache, order.fetchCache), signal };
  // The build, which asks them too, knows no authority of the Secret's.
  const { authorities: _, ...asBuildTrusts } = settings;
  const substituters = await cachesLeft(order, await prepareNix(asBuildTrusts, at), places);
  const run = await prepareNix({ ...settings, order: withCaches(order, substituters) }, at);
  const printer = new BuildPrinter(new BuildLog(), { print: places.print, nowMs: Date.now });
  const isGuarded = credentials.secret !== undefined || (await hasOthers(places, order));
  const lockIn = isGuarded ? await makeStore(places) : undefined;
  if (isGuarded) await refuseLargeFiles(home.directory);
  const nix = createNix(run, { observe: (event) => printer.show(event), lockIn });
  const deps = { nix, store: openStore(run, places), hosts: createGitHosts(run), handover, substituters };
  return await fetchFlake(order, deps);
}

/** The binary caches to go on with; undefined: all of them answer. */
async function cachesLeft(
  { nix }: BuildOrder,
  run: NixProcess,
  { print }: BuildPlaces,
): Promise<readonly string[] | undefined> {
  const { answering, silent } = await answeringCaches(nix.substituters, run);
  for (const { url, why } of silent)
    print(`[enbi] going on without the binary cache ${printableLine(url, 200)}: ${printableLine(why, 300)}`);
  return silent.length === 0 ? undefined : answering;
}

/** Clones that a Secret opened, which is not the one of this fetch: a flake may name them as an input too. */
async function hasOthers({ fetchCache }: BuildPlaces, order: BuildOrder): Promise<boolean> {
  return (await readdir(fetchCache)).some((name) => name !== order.fetchCache);
}

/** For locking alone. Not in HOME, which is removed at the end: a store's directories have no write bit. It goes with /tmp. */
async function makeStore({ temporary }: BuildPlaces): Promise<string> {
  return await mkdtemp(join(temporary, 'store-'));
}
