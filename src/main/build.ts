import { join } from 'node:path';
import { type FetchWait, fetchEnds } from '../adapters/nix/fetch-life.ts';
import { createHandover } from '../adapters/nix/handover.ts';
import { createNix } from '../adapters/nix/nix-cli.ts';
import type { BuildSuccess, StorePath } from '../api/result.ts';
import { buildPackage } from '../builder/build.ts';
import { BuildLog } from '../builder/build-log.ts';
import { stageFailure } from '../builder/stage-failure.ts';
import { noMemory } from '../importer/memory/memory.ts';
import { ReadCount } from '../importer/source/read-count.ts';
import { resolveWithin } from '../importer/source/store-file.ts';
import { whyRun } from '../importer/stream/base-image.ts';
import { readStreamScript } from '../importer/stream/stream-script.ts';
import { type BuilderPlaces, builderPod, endMark } from './builder-pod.ts';
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

/** `enbi build`: leaves a BuildResult as termination message, returns the exit code. */
export async function runBuild(places: BuildPlaces = buildPod): Promise<number> {
  const order = { read: () => readBuildOrder(places.order), signal: stopSignal() };
  const log = new BuildLog();
  return handOver({ step: 'build', run: () => buildInPod(order, places, log), ...told(log) }, places);
}

/** `enbi build-listed`: one order of a builder that stays. */
export async function runListedBuild(places: BuilderPlaces = builderPod('build')): Promise<number> {
  const log = new BuildLog();
  const mark = join(places.handover, endMark);
  const run = (order: ListedOrder) =>
    buildInPod({ ...order, mark }, { ...places, handover: join(places.handover, order.id) }, log);
  return await runListedOrder({ step: 'build', run, ...told(log) }, places);
}

function told(log: BuildLog) {
  return {
    say: ({ outPath, derivationsBuilt, pathsCopied }: BuildSuccess) =>
      `built ${outPath}: ${derivationsBuilt} derivations built, ${pathsCopied} paths copied`,
    fail: (thrown: unknown) => stageFailure(thrown, log.culprit()),
  };
}

/** Started beside `fetch`, and until that has ended nothing of the store or of the order is looked at. */
async function buildInPod(
  { id, read, signal, mark }: Ordered & FetchWait,
  places: BuildPlaces,
  log: BuildLog,
): Promise<BuildSuccess> {
  await fetchEnds(places.handover, signal, mark === undefined ? {} : { mark });
  begins('build', places, id);
  const handover = createHandover(places.handover);
  const ordered = await read();
  const order = withCaches(ordered, (await handover.read()).substituters);
  await using home = await makeHome(places.temporary);
  const at = { directory: home.directory, cache: places.buildCache, signal };
  const run = await prepareNix({ order, stage: 'build' }, at);
  return await buildPackage(order, {
    nix: createNix(run),
    store: openStore(run, places),
    handover,
    whyRun: (script) => whyRunScript(join(places.nix, 'store'), script, order.system),
    log,
    print: places.print,
    nowMs: Date.now,
  });
}

/** The importer says so by the same code. */
async function whyRunScript(root: string, script: StorePath, system: string): Promise<string | undefined> {
  const path = await resolveWithin(root, script.replace('/nix/store', root));
  const place = { root, path, name: script };
  const found = await readStreamScript(place);
  return found === undefined
    ? "it is no script of nixpkgs' streamLayeredImage, or of a version that enbi does not know"
    : whyRun(place, found, { system, memory: noMemory, count: new ReadCount() });
}
