import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImportResult, ImportResult as Result } from '../../src/api/result.ts';
import { runImport } from '../../src/main/import.ts';
import { runPin } from '../../src/main/pin.ts';
import { putIntoStore } from './put-into-store.ts';

/** The files an import Pod sees, in a temporary directory: store, order, termination message. */
export interface ImportPod extends AsyncDisposable {
  readonly store: string;
  readonly memory: string;
  readonly lines: string[];
  /** Puts an output into the store; returns its path as Nix would call it. */
  built(name: string, output: Buffer | ReadonlyMap<string, Buffer>, mode?: number): Promise<string>;
  import(order: Readonly<Record<string, unknown>>): Promise<Finished>;
  /** Until it is stopped. */
  pin(order: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<Finished>;
}

export interface Finished {
  readonly exitCode: number;
  /** Undefined: no termination message. */
  readonly result: ImportResult | undefined;
}

/** Of a Pod that nobody stops. */
const goesOn = new AbortController().signal;

export const anOwner = { namespace: 'team-a', name: 'app-1', uid: '6f1c0a52-58a8-4bd7-a1a2-000000000001' };

export async function anImportPod(socket: string | undefined): Promise<ImportPod> {
  const root = await mkdtemp(join(tmpdir(), 'enbi-import-'));
  const store = join(root, 'store');
  const memory = join(root, 'memory');
  await mkdir(store);
  await mkdir(memory);
  const lines: string[] = [];
  const places = {
    order: join(root, 'order.json'),
    terminationLog: join(root, 'termination-log'),
    store,
    memory,
    host: join(root, 'host'),
    print: (line: string) => void lines.push(line),
  };
  const carryOut = async (order: object, run: () => Promise<number>): Promise<Finished> => {
    const defaults = {
      id: 'uid-1',
      imageName: 'r.example/team/app:1',
      system: 'x86_64-linux',
      owner: anOwner,
      script: false,
    };
    await rm(places.terminationLog, { force: true });
    await writeFile(places.order, JSON.stringify({ ...defaults, socket, ...order }));
    const exitCode = await run();
    const message = await readFile(places.terminationLog, 'utf8').catch(() => undefined);
    return { exitCode, result: message === undefined ? undefined : Result.parse(JSON.parse(message)) };
  };
  return {
    store,
    memory,
    lines,
    built: (name, output, mode = 0o444) => putIntoStore(store, name, output, mode),
    import: (order) => carryOut(order, () => runImport(places, goesOn)),
    pin: (order, stop) => carryOut(order, () => runPin(places, stop)),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
