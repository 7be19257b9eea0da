import { writeFile } from 'node:fs/promises';
import { layOutCredentials } from '../adapters/nix/credentials.ts';
import { createHandover } from '../adapters/nix/handover.ts';
import { createNix } from '../adapters/nix/nix-cli.ts';
import type { FetchSuccess } from '../api/result.ts';
import { BuildLog } from '../builder/build-log.ts';
import { BuildPrinter } from '../builder/build-printer.ts';
import { fetchFlake } from '../builder/fetch.ts';
import { encodeResult, exitCodeOf, stageFailure } from '../builder/stage-failure.ts';
import { type BuildPlaces, buildPod, makeHome, openStore, prepareNix, readBuildOrder, stopSignal } from './nix-run.ts';

/** `enbi fetch`: leaves a FetchResult as termination message, returns the exit code. */
export async function runFetch(places: BuildPlaces = buildPod): Promise<number> {
  try {
    const result = await fetchInPod(places, stopSignal());
    places.print(`[enbi] fetched ${result.lockedUrl}`);
    await writeFile(places.terminationLog, encodeResult(result));
    return exitCodeOf(result);
  } catch (thrown) {
    const failure = stageFailure(thrown);
    places.print(`[enbi] ${failure.reason}: ${failure.message}`);
    await writeFile(places.terminationLog, encodeResult(failure));
    return exitCodeOf(failure, thrown);
  }
}

async function fetchInPod(places: BuildPlaces, signal: AbortSignal): Promise<FetchSuccess> {
  const order = await readBuildOrder(places.order);
  await using home = await makeHome(places.temporary);
  const credentials = await layOutCredentials(places.secret, home.directory);
  const settings = { order, stage: 'fetch', ...credentials } as const;
  const run = await prepareNix(settings, { directory: home.directory, cache: places.cache, signal });
  const printer = new BuildPrinter(new BuildLog(), { print: places.print, nowMs: Date.now });
  const nix = createNix(run, (event) => printer.show(event));
  return await fetchFlake(order, { nix, store: openStore(run, places), handover: createHandover(places.handover) });
}
