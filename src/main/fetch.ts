import { layOutCredentials } from '../adapters/nix/credentials.ts';
import { createHandover } from '../adapters/nix/handover.ts';
import { createNix } from '../adapters/nix/nix-cli.ts';
import type { FetchSuccess } from '../api/result.ts';
import { BuildLog } from '../builder/build-log.ts';
import { BuildPrinter } from '../builder/build-printer.ts';
import { fetchFlake } from '../builder/fetch.ts';
import { handOver } from './hand-over.ts';
import { type BuildPlaces, buildPod, makeHome, openStore, prepareNix, readBuildOrder, stopSignal } from './nix-run.ts';

/** `enbi fetch`: leaves a FetchResult as termination message, returns the exit code. */
export async function runFetch(places: BuildPlaces = buildPod): Promise<number> {
  const run = () => fetchInPod(places, stopSignal());
  return handOver({ run, say: ({ lockedUrl }) => `fetched ${lockedUrl}` }, places);
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
