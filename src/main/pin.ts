import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImportOrder, paths } from '../api/order.ts';
import { exitCode } from '../api/result.ts';
import { holdPin } from '../importer/hold-pin.ts';
import { exitCodeOf, explain } from '../importer/outcome.ts';
import type { NodeImages } from '../importer/ports.ts';
import { printEntry } from './print-entry.ts';
import { stopSignal } from './stop-signal.ts';

/** Where things lie in the container `pin`. */
export interface PinPlaces {
  readonly order: string;
  /** Under which the host's directories with sockets are mounted. */
  readonly host: string;
  readonly print: (line: string) => void;
}

const inPod: PinPlaces = {
  order: paths.order,
  host: '/host',
  print: printEntry,
};

/** How often a runtime that does not answer is asked again, a second apart: a stopped Pod has half a minute to end. */
const patience = 20;

/** `enbi pin`: what the import has pinned stays so until this is stopped, or its time is over; returns the exit code. */
export async function runPin(places: PinPlaces = inPod, stop = stopSignal()): Promise<number> {
  try {
    const order = ImportOrder.parse(JSON.parse(await readFile(places.order, 'utf8')));
    await holdPin(order, {
      connect: () => connect(order, places),
      hold: (seconds) => sleep(seconds * 1000, undefined, { signal: stop }).catch(() => {}),
      now: () => new Date(),
      print: places.print,
    });
    return exitCode.ok;
  } catch (thrown) {
    places.print(explain(thrown));
    return exitCodeOf(thrown);
  }
}

/** Loaded only now: a Pod is starting when this process does. */
async function connect(order: ImportOrder, { host }: PinPlaces): Promise<NodeImages> {
  const { connectToNode } = await import('./connect-to-node.ts');
  for (let attempt = 1; ; attempt++) {
    try {
      return await connectToNode(order, host);
    } catch (thrown) {
      if (attempt === patience) throw thrown;
      await sleep(1000);
    }
  }
}
