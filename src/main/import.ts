import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerdImages } from '../adapters/containerd/containerd.ts';
import { ImportOrder, paths } from '../api/order.ts';
import { exitCode, type ImportResult, type ImportSuccess } from '../api/result.ts';
import { type ImportDeps, importImage } from '../importer/import-image.ts';
import { DirectoryMemory } from '../importer/memory/directory-memory.ts';
import { doubting } from '../importer/memory/doubting.ts';
import { noMemory } from '../importer/memory/memory.ts';
import { exitCodeOf, explain, failureResult } from '../importer/outcome.ts';
import { connectToRuntime, knownSockets } from '../importer/socket.ts';
import { openSource, type Reading } from '../importer/source/open-source.ts';
import { ReadCount } from '../importer/source/read-count.ts';
import { stopSignal } from './stop-signal.ts';

/** Where things lie in the import Pod. */
export interface ImportPlaces {
  readonly order: string;
  readonly terminationLog: string;
  /** The tenant's store, mounted read-only. */
  readonly store: string;
  /** What earlier imports from this store have learnt. */
  readonly memory: string;
  /** What the container `stage` left. */
  readonly staged: string;
  /** Under which the host's directories with sockets are mounted. */
  readonly host: string;
  readonly print: (line: string) => void;
}

const inPod: ImportPlaces = {
  order: paths.order,
  terminationLog: paths.terminationLog,
  store: '/nix/store',
  memory: paths.memory,
  staged: paths.staged,
  host: '/host',
  print: (line) => process.stdout.write(`${line}\n`),
};

/** `enbi import`: carries out the order, leaves an ImportResult as termination message, returns the exit code. */
export async function runImport(places: ImportPlaces = inPod, stop = stopSignal()): Promise<number> {
  try {
    const order = ImportOrder.parse(JSON.parse(await readFile(places.order, 'utf8')));
    const started = performance.now();
    const result = await carryOut(order, places, stop);
    await report(result, places);
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    const sent = `${result.layersSent} of ${result.layers} layers sent in ${seconds} s`;
    places.print(`[enbi] ${order.imageName} is on this node: ${sent}`);
    return exitCode.ok;
  } catch (thrown) {
    places.print(explain(thrown));
    await report(failureResult(thrown), places);
    return exitCodeOf(thrown);
  }
}

async function carryOut(order: ImportOrder, places: ImportPlaces, stop: AbortSignal): Promise<ImportSuccess> {
  const sockets = order.socket === undefined ? knownSockets.map((path) => places.host + path) : [order.socket];
  const images = await connectToRuntime(sockets, containerdImages);
  await using memory = new DirectoryMemory(places.memory);
  const count = new ReadCount();
  try {
    const deps: ImportDeps = {
      images,
      stop,
      output: { print: places.print, now: Date.now },
      wait: (milliseconds) => sleep(milliseconds),
      openSource: () => open(order, places, { system: order.system, memory, count }),
    };
    return { ...(await doubting(memory, () => importImage(order, deps))), bytesRead: count.bytes };
  } finally {
    images.close();
  }
}

/** What a script wrote is another file each time, and not worth remembering. */
function open({ staged, outPath }: ImportOrder, { staged: directory, store }: ImportPlaces, reading: Reading) {
  if (staged) {
    const place = { root: directory, path: `${directory}/image.tar`, name: `the output of ${outPath}` };
    return openSource(place, { ...reading, memory: noMemory });
  }
  return openSource({ root: store, path: outPath.replace('/nix/store', store), name: outPath }, reading);
}

async function report(result: ImportResult, { terminationLog }: ImportPlaces): Promise<void> {
  await writeFile(terminationLog, JSON.stringify(result));
}
