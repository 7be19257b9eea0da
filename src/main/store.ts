import { readFile, writeFile } from 'node:fs/promises';
import { createDirectories } from '../adapters/nix/directories.ts';
import { PrepareOrder, paths } from '../api/order.ts';
import { prepareStore } from '../builder/prepare.ts';
import { encodeResult, exitCodeOf, stageFailure } from '../builder/stage-failure.ts';

/** Where things lie in the Pod that prepares a store. */
export interface StorePlaces {
  readonly order: string;
  readonly stores: string;
  readonly terminationLog: string;
  readonly print: (line: string) => void;
}

const inPod: StorePlaces = {
  order: paths.order,
  stores: paths.stores,
  terminationLog: paths.terminationLog,
  print: (line) => process.stdout.write(`${line}\n`),
};

/** `enbi store prepare`: leaves a PrepareResult as termination message, returns the exit code. */
export async function runStorePrepare(places: StorePlaces = inPod): Promise<number> {
  try {
    const order = PrepareOrder.parse(JSON.parse(await readFile(places.order, 'utf8')));
    const result = await prepareStore(order, createDirectories(places.stores));
    places.print(`[enbi] the store of ${order.tenant} is ready, ${result.storeFreeBytes} bytes free`);
    await writeFile(places.terminationLog, encodeResult(result));
    return exitCodeOf(result);
  } catch (thrown) {
    const failure = stageFailure(thrown);
    places.print(`[enbi] ${failure.reason}: ${failure.message}`);
    await writeFile(places.terminationLog, encodeResult(failure));
    return exitCodeOf(failure, thrown);
  }
}
