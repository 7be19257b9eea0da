import { readFile } from 'node:fs/promises';
import { ImportOrder, paths } from '../api/order.ts';
import { exitCode } from '../api/result.ts';
import { exitCodeOf, explain, failureResult } from '../importer/outcome.ts';
import { carryOutImport, type StorePlaces } from './carry-out-import.ts';
import { begins, leaveResult } from './hand-over.ts';
import { printEntry } from './print-entry.ts';
import { stopSignal } from './stop-signal.ts';

/** Where things lie in the import Pod. */
export interface ImportPlaces extends StorePlaces {
  readonly order: string;
  readonly terminationLog: string;
}

const inPod: ImportPlaces = {
  order: paths.order,
  terminationLog: paths.terminationLog,
  store: '/nix/store',
  memory: paths.memory,
  host: '/host',
  print: printEntry,
};

/** `enbi import`: carries out the order, leaves an ImportResult as termination message, returns the exit code. */
export async function runImport(places: ImportPlaces = inPod, stop = stopSignal()): Promise<number> {
  begins('import', places);
  try {
    const order = ImportOrder.parse(JSON.parse(await readFile(places.order, 'utf8')));
    const result = await carryOutImport(order, places, stop);
    await leaveResult(result, 'import', places);
    return exitCode.ok;
  } catch (thrown) {
    places.print(explain(thrown));
    await leaveResult(failureResult(thrown), 'import', places);
    return exitCodeOf(thrown);
  }
}
