import { join } from 'node:path';
import { fetchEnds } from '../adapters/nix/fetch-life.ts';
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
import { begins, handOver } from './hand-over.ts';
import { type BuildPlaces, buildPod, makeHome, openStore, prepareNix, readBuildOrder, withCaches } from './nix-run.ts';
import { stopSignal } from './stop-signal.ts';

/** `enbi build`: leaves a BuildResult as termination message, returns the exit code. */
export async function runBuild(places: BuildPlaces = buildPod): Promise<number> {
  const log = new BuildLog();
  return handOver(
    {
      step: 'build',
      run: () => buildInPod(places, log, stopSignal()),
      say: ({ outPath, derivationsBuilt, pathsCopied }) =>
        `built ${outPath}: ${derivationsBuilt} derivations built, ${pathsCopied} paths copied`,
      fail: (thrown) => stageFailure(thrown, log.culprit()),
    },
    places,
  );
}

/** Started beside `fetch`, and until that has ended nothing of the store or of the order is looked at. */
async function buildInPod(places: BuildPlaces, log: BuildLog, signal: AbortSignal): Promise<BuildSuccess> {
  await fetchEnds(places.handover, signal);
  begins('build', places);
  const handover = createHandover(places.handover);
  const ordered = await readBuildOrder(places.order);
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
