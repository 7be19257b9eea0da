import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { claimCluster } from '../../../cluster/claim.ts';
import { type Cluster, down, find, up } from '../../../cluster/cluster.ts';
import { deployGitServer, type Kubectl } from '../../support/git-server.ts';
import { installOffline } from '../../support/install-offline.ts';
import { chosenRow, type RowName, rows } from '../matrix/rows.ts';
import { repositories } from './flakes.ts';
import { tenantLabel } from './tenant.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Name of the cluster, for cluster.ts to find it. */
    readonly cluster: string;
    /** Repository → flake reference without a query, as Pods of the cluster reach it. */
    readonly flakes: Readonly<Record<string, string>>;
    /** What kind of cluster it is. */
    readonly row: RowName;
    /** enbi's own. */
    readonly image: string;
    /** Tells this run's namespaces from those of another on the same cluster. */
    readonly run: string;
  }
}

const report = (line: string) => void process.stdout.write(`${line}\n`);

/** A cluster that stays up after the tests, and is found by the next run: `ENBI_E2E_KEEP=1`. */
const keep = process.env.ENBI_E2E_KEEP === '1';
const row = chosenRow();
/** Another name, for a run beside another. */
const base = process.env.ENBI_E2E_CLUSTER ?? 'enbi-e2e';
const name = row === 'plain' ? base : `${base}-${row}`;

interface Booted {
  readonly cluster: Cluster;
  readonly image: string;
  readonly flakes: Readonly<Record<string, string>>;
}

declare global {
  /** Shared by the projects of a run, each of which loads this file for itself. */
  var enbiTestCluster: Promise<Booted> | undefined;
}

/** The first project of a run to come boots the cluster, and takes it down when the last test of all has ended. */
export async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const isFirst = globalThis.enbiTestCluster === undefined;
  globalThis.enbiTestCluster ??= boot();
  const { cluster, image, flakes } = await globalThis.enbiTestCluster;
  provide('cluster', name);
  provide('row', row);
  provide('image', image);
  provide('run', randomBytes(2).toString('hex'));
  provide('flakes', flakes);
  return isFirst && !keep ? () => cluster.down() : undefined;
}

/**
 * One cluster for all files: with enbi installed as a user would and the flakes served inside it. All but the first node are
 * cordoned, so that a test knows where its Pods are; those about several nodes open the second.
 */
async function boot(): Promise<Booted> {
  await claimCluster(name, 'or name another in ENBI_E2E_CLUSTER');
  if (!keep && (await find(name)) !== undefined) await down(name, report);
  const { flavour, nodes } = rows[row];
  const cluster = await up({ name, ...flavour, nodes, report });
  try {
    await cluster.kubectl(['delete', 'namespace', '--selector', tenantLabel, '--wait=false']);
    const others = cluster.nodes.slice(1);
    if (others.length > 0) await cluster.kubectl(['cordon', ...others]);
    const image = await installOffline(cluster, report);
    return { cluster, image, flakes: await serveFlakes(cluster, image) };
  } catch (thrown) {
    if (!keep) await cluster.down();
    throw thrown;
  }
}

async function serveFlakes(cluster: Cluster, image: string): Promise<Booted['flakes']> {
  const served = await repositories();
  const kubectl: Kubectl = (args, stdin) => cluster.kubectl(args, stdin);
  const server = await deployGitServer(kubectl, { image, repositories: served });
  return Object.fromEntries(Object.keys(served).map((repository) => [repository, server.url(repository)]));
}
