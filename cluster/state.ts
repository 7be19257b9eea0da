import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { UserError } from '../src/errors.ts';
import { Flavour, usual } from './flavour.ts';

/** Where one cluster keeps everything it has: its folder can be found from its name alone, and `down` needs no more. */
export interface Folder {
  readonly name: string;
  readonly root: string;
  /** Unique on the machine even when two state directories hold clusters of one name; names cgroups and marks processes. */
  readonly id: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly log: string;
  readonly run: string;
  readonly netns: string;
  readonly hub: string;
}

export function stateRoot(): string {
  return resolve(process.env.ENBI_CLUSTER_STATE ?? '/var/lib/enbi-cluster');
}

export function folderOf(name: string): Folder {
  assertName(name);
  const root = join(stateRoot(), name);
  return {
    name,
    root,
    id: `enbi-${name}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`,
    kubeconfig: join(root, 'kubeconfig'),
    pki: join(root, 'pki'),
    log: join(root, 'log'),
    run: join(root, 'run'),
    netns: join(root, 'netns'),
    hub: join(root, 'netns', 'hub'),
  };
}

function assertName(name: string): void {
  if (/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name)) return;
  throw new UserError(
    'InvalidName',
    `"${name}" cannot name a cluster: 1 to 30 characters a-z, 0-9 and -, beginning and ending with a letter or digit`,
  );
}

/** What `up` decided, written before it acts on it; `isComplete` comes last. */
const ClusterRecord = z.readonly(
  z.object({
    slot: z.int(),
    nodes: z.int(),
    /** The components it was started with: the pinned versions may have changed since. */
    bin: z.string(),
    /** A cluster that an older checkout started has none written down. */
    flavour: Flavour.default(usual),
    /** Processes and network namespaces do not survive the machine's restart, the record does. */
    bootId: z.string(),
    isComplete: z.boolean(),
    /** Who made it for itself, and may remove it unasked; nobody: it stays until somebody takes it down. */
    owner: z.string().optional(),
  }),
);
export type ClusterRecord = z.infer<typeof ClusterRecord>;

export async function readRecord(folder: Folder): Promise<ClusterRecord | undefined> {
  try {
    return ClusterRecord.parse(JSON.parse(await readFile(recordPath(folder), 'utf8')));
  } catch {
    return undefined;
  }
}

export async function writeRecord(folder: Folder, record: ClusterRecord): Promise<void> {
  await writeFile(`${recordPath(folder)}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${recordPath(folder)}.new`, recordPath(folder));
}

export async function currentBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

function recordPath(folder: Folder): string {
  return join(folder.root, 'cluster.json');
}
