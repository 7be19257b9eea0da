import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createDirectories } from '../adapters/nix/directories.ts';
import { createRemoval } from '../adapters/nix/removal.ts';
import { PrepareOrder, paths, RemoveOrder } from '../api/order.ts';
import { prepareStore } from '../builder/prepare.ts';
import { removeStores } from '../builder/remove.ts';
import { handOver } from './hand-over.ts';
import { printEntry } from './print-entry.ts';

/** Where things lie in the Pod that prepares or removes stores. */
export interface StorePlaces {
  readonly order: string;
  readonly stores: string;
  readonly aboveStores: string;
  readonly terminationLog: string;
  readonly print: (line: string) => void;
}

const inPod: StorePlaces = {
  order: paths.order,
  stores: paths.stores,
  aboveStores: paths.aboveStores,
  terminationLog: paths.terminationLog,
  print: printEntry,
};

/** `enbi store prepare`: leaves a PrepareResult as termination message, returns the exit code. */
export async function runStorePrepare(places: StorePlaces = inPod): Promise<number> {
  const run = async () => {
    const order = PrepareOrder.parse(await readOrder(places));
    return await prepareStore(order, createDirectories(dirname(places.stores)));
  };
  return handOver({ run, say: ({ storeFreeBytes }) => `the store is ready, ${storeFreeBytes} bytes free` }, places);
}

/** `enbi store remove`: leaves a RemoveResult as termination message, returns the exit code. */
export async function runStoreRemove(places: StorePlaces = inPod): Promise<number> {
  const holder = join(places.aboveStores, dirname(places.stores).split('/').at(-1) ?? '');
  const memories = join(dirname(places.stores), basename(paths.memoriesOnNode));
  const run = async () =>
    await removeStores(RemoveOrder.parse(await readOrder(places)), createRemoval(places.stores, memories, [holder]));
  return handOver({ run, say: ({ filesRemoved }) => `removed, ${filesRemoved} files` }, places);
}

async function readOrder({ order }: StorePlaces): Promise<unknown> {
  return JSON.parse(await readFile(order, 'utf8'));
}
