import { readFile } from 'node:fs/promises';
import { createDirectories } from '../adapters/nix/directories.ts';
import { PrepareOrder, paths } from '../api/order.ts';
import { prepareStore } from '../builder/prepare.ts';
import { handOver } from './hand-over.ts';

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
  const run = async () => {
    const order = PrepareOrder.parse(JSON.parse(await readFile(places.order, 'utf8')));
    return await prepareStore(order, createDirectories(places.stores));
  };
  return handOver({ run, say: ({ storeFreeBytes }) => `the store is ready, ${storeFreeBytes} bytes free` }, places);
}
