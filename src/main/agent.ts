import { writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { orderFile } from '../adapters/downward-api/order-file.ts';
import { type AgentDeps, runAgent as serve } from '../agent/agent.ts';
import { paths } from '../api/order.ts';
import { exitCode } from '../api/result.ts';
import { systemClock } from '../runtime/clock.ts';
import { keepSmall } from './keep-small.ts';
import { printEntry } from './print-entry.ts';
import { stopSignal } from './stop-signal.ts';

/** Where an agent's own things lie, and what it may do. */
export interface AgentSetup extends Pick<AgentDeps, 'version' | 'memoryBytes' | 'places'> {
  readonly orders: string;
  readonly terminationLog: string;
  readonly print: (line: string) => void;
  /** enbi's executable. */
  readonly program: readonly string[];
}

/** What the controller says when it makes the Pod. */
const Environment = z.object({
  /** Of enbi: what its orders are for. */
  ENBI_VERSION: z.string().min(1).max(512),
  /** Beside what Node takes by itself. */
  ENBI_IMPORT_MEMORY_BYTES: z.string().regex(/^[1-9][0-9]{7,12}$/),
  /** Of containerd, as mounted in the Pod; unset: the known places are tried in turn. */
  ENBI_SOCKET: z.string().startsWith('/').optional(),
});

/** `enbi agent`: carries out the orders of its Pod's annotation, returns the exit code. */
export async function runAgent(setup = inPod(), stop = stopSignal()): Promise<number> {
  const { print } = setup;
  // The API server answers whoever follows a log when there is a first line.
  print('[enbi] agent begins');
  const command = [...setup.program, 'agent-child'];
  const source = orderFile(setup.orders);
  const ending = await serve({ ...setup, source, clock: systemClock, stop, command, signalGroup });
  if (ending.because === 'once') await writeFile(setup.terminationLog, ending.word);
  print(`[enbi] agent ends: ${sentences[ending.because]}`);
  return exitCode.ok;
}

function inPod(): AgentSetup {
  keepSmall();
  const environment = Environment.parse(process.env);
  return {
    version: environment.ENBI_VERSION,
    memoryBytes: Number(environment.ENBI_IMPORT_MEMORY_BYTES),
    places: { stores: paths.allStores, memories: paths.allMemories, host: '/host', socket: environment.ENBI_SOCKET },
    orders: paths.orders,
    terminationLog: paths.terminationLog,
    print: printEntry,
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  process.kill(-pid, signal);
}

const sentences = {
  idle: 'it had nothing to do',
  stopped: 'it was stopped',
  once: 'what it has done was its last order',
};
