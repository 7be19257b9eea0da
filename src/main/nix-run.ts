import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretInUse } from '../adapters/nix/access.ts';
import { trustBeside } from '../adapters/nix/certificates.ts';
import { createLocalStore } from '../adapters/nix/local-store.ts';
import { type NixProcess, runNix } from '../adapters/nix/run-nix.ts';
import { type NixSettings, nixConf, nixEnvironment, opensNoRepository } from '../adapters/nix/settings.ts';
import { refuseSsh } from '../adapters/nix/ssh.ts';
import { BuildOrder, paths } from '../api/order.ts';
import type { Store } from '../builder/ports.ts';
import { sizeFile } from '../builder/prepare.ts';
import { InternalError } from '../errors.ts';
import { printEntry } from './print-entry.ts';

/** Where things lie in the build Pod. */
export interface BuildPlaces {
  readonly order: string;
  readonly handover: string;
  readonly fetchCache: string;
  readonly buildCache: string;
  readonly secret: string;
  readonly nix: string;
  readonly temporary: string;
  readonly terminationLog: string;
  readonly print: (line: string) => void;
}

export const buildPod: BuildPlaces = {
  order: paths.order,
  handover: paths.handover,
  fetchCache: paths.fetchCache,
  buildCache: paths.buildCache,
  secret: '/enbi/secret',
  nix: '/nix',
  temporary: '/tmp',
  terminationLog: paths.terminationLog,
  print: printEntry,
};

/** What a container is to do, however it is told. */
export interface Ordered {
  /** Undefined: it is the only one of its Pod. */
  readonly id?: string;
  /** Throws where it is none that this enbi knows. */
  readonly read: () => Promise<BuildOrder>;
  /** Aborted when the Pod is stopped, or the order is to be. */
  readonly signal: AbortSignal;
}

export async function readBuildOrder(path: string): Promise<BuildOrder> {
  try {
    return BuildOrder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new InternalError('InternalError', `no valid order in ${path}`, { cause });
  }
}

/** The order with these binary caches alone; undefined: as it is. */
export function withCaches(order: BuildOrder, substituters: readonly string[] | undefined): BuildOrder {
  return substituters === undefined ? order : { ...order, nix: { ...order.nix, substituters: [...substituters] } };
}

/** A fresh HOME, gone when disposed of: it holds credentials, and /tmp may outlive this container. */
export async function makeHome(temporary: string): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(temporary, 'enbi-'));
  await refuseSsh(directory);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

interface RunSettings extends NixSettings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the flake's Secret. */
  readonly authorities?: string;
  readonly secret?: SecretInUse;
}

/** Writes the settings and gives how Nix is to be run with them. */
export async function prepareNix(
  settings: RunSettings,
  home: { readonly directory: string; readonly cache: string; readonly signal: AbortSignal },
): Promise<NixProcess> {
  const { order, authorities, stage, secret } = settings;
  await writeFile(join(home.directory, 'nix.conf'), nixConf(settings), { mode: 0o600 });
  const trusted = await trustBeside(process.env, [order.nix.authorities, authorities], home.directory);
  const where = stage === 'fetch' ? opensNoRepository : {};
  return {
    environment: { ...nixEnvironment(process.env, home), ...where, ...trusted, ...settings.environment },
    stage,
    signal: home.signal,
    evaluationMs: order.nix.timeoutSeconds * 1000,
    ...(secret === undefined ? {} : { secret }),
  };
}

export function openStore(nix: NixProcess, places: BuildPlaces): Store {
  return createLocalStore({
    root: places.nix,
    sizeFile: join(places.nix, ...sizeFile),
    // Also when the Pod is being stopped: what must go is then still there.
    run: (args) => runNix(args, { ...nix, signal: AbortSignal.timeout(20_000) }),
  });
}
