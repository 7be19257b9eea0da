import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentImport } from '../../src/api/agent-order.ts';
import { ImportResult } from '../../src/api/result.ts';
import { carryOutJob } from '../../src/main/carry-out-job.ts';
import { putIntoStore } from './put-into-store.ts';

/** What an import sees in its agent's Pod, in a temporary directory: a tenant's store, and what was learnt from it. */
export interface ImportPod extends AsyncDisposable {
  /** That alone is made here, by whatever runs. */
  readonly root: string;
  readonly store: string;
  readonly memory: string;
  readonly lines: string[];
  /** Puts an output into the store; returns its path as Nix would call it. */
  built(name: string, output: Buffer | ReadonlyMap<string, Buffer>, mode?: number): Promise<string>;
  /** As a process of an agent does it, but in this one. */
  import(order: Readonly<Record<string, unknown>>): Promise<ImportResult>;
}

export const anOwner = { namespace: 'team-a', name: 'app-1', uid: '6f1c0a52-58a8-4bd7-a1a2-000000000001' };

export async function anImportPod(socket: string | undefined): Promise<ImportPod> {
  const root = await mkdtemp(join(tmpdir(), 'enbi-import-'));
  const tenant = anOwner.namespace;
  const places = { stores: join(root, 'stores'), memories: join(root, 'imports'), host: join(root, 'host') };
  const store = join(places.stores, tenant, 'nix/store');
  const memory = join(places.memories, tenant);
  await mkdir(store, { recursive: true });
  await mkdir(memory, { recursive: true });
  const lines: string[] = [];
  const stop = new AbortController().signal;
  const defaults = {
    imageName: 'r.example/team/app:1',
    system: 'x86_64-linux',
    owner: anOwner,
    script: false,
    store: { tenant },
    seconds: 600,
    ...(socket === undefined ? {} : { socket }),
  };
  return {
    root,
    store,
    memory,
    lines,
    built: (name, output, mode = 0o444) => putIntoStore(store, name, output, mode),
    import: async (given) => {
      const order = AgentImport.parse({ ...defaults, ...given });
      const around = { stop, print: (line: string) => void lines.push(line) };
      return ImportResult.parse(await carryOutJob({ job: { do: 'import', order }, places }, around));
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
