import { writeFile } from 'node:fs/promises';
import { createHandover } from '../adapters/nix/handover.ts';
import { createNix } from '../adapters/nix/nix-cli.ts';
import type { BuildSuccess } from '../api/result.ts';
import { buildPackage } from '../builder/build.ts';
import { BuildLog } from '../builder/build-log.ts';
import { encodeResult, exitCodeOf, stageFailure } from '../builder/stage-failure.ts';
import { type BuildPlaces, buildPod, makeHome, openStore, prepareNix, readBuildOrder, stopSignal } from './nix-run.ts';

/** `enbi build`: leaves a BuildResult as termination message, returns the exit code. */
export async function runBuild(places: BuildPlaces = buildPod): Promise<number> {
  const log = new BuildLog();
  try {
    const result = await buildInPod(places, log, stopSignal());
    places.print(
      `[enbi] built ${result.outPath}: ${result.derivationsBuilt} derivations built, ${result.pathsCopied} paths copied`,
    );
    await writeFile(places.terminationLog, encodeResult(result));
    return exitCodeOf(result);
  } catch (thrown) {
    const failure = stageFailure(thrown, log.culprit());
    places.print(`[enbi] ${failure.reason}: ${failure.message}`);
    await writeFile(places.terminationLog, encodeResult(failure));
    return exitCodeOf(failure, thrown);
  }
}

async function buildInPod(places: BuildPlaces, log: BuildLog, signal: AbortSignal): Promise<BuildSuccess> {
  const order = await readBuildOrder(places.order);
  await using home = await makeHome(places.temporary);
  const run = await prepareNix({ order, stage: 'build' }, { directory: home.directory, cache: places.cache, signal });
  return await buildPackage(order, {
    nix: createNix(run),
    store: openStore(run, places),
    handover: createHandover(places.handover),
    log,
    print: places.print,
    nowMs: Date.now,
  });
}
