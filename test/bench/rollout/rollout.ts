import { randomUUID } from 'node:crypto';
import { claimCluster } from '../../../cluster/claim.ts';
import { down, find, up } from '../../../cluster/cluster.ts';
import { atVersion, readExample } from '../../support/demo.ts';
import { deployGitServer } from '../../support/git-server.ts';
import type { FlakeFiles, Repositories } from '../../support/git-server-manifests.ts';
import { installOffline } from '../../support/install-offline.ts';
import { unlikeAny } from '../../support/unlike-any.ts';
import { controllerMemory } from './controller-memory.ts';
import { type EnbiStages, enbiStages, rollOutWithEnbi } from './enbi-run.ts';
import { medianOf, medians } from './median.ts';
import { observeCluster } from './observe-cluster.ts';
import { type RegistryStages, registryStages } from './registry-run.ts';
import { prepareRegistryWay } from './registry-way.ts';

export interface RolloutOptions {
  readonly runs: number;
  readonly keep: boolean;
  readonly report: (line: string) => void;
}

/** All times in seconds; those on top are medians. */
export interface Rollout {
  /** Of `enbiSeconds`, all but the run time of the containers with Nix and the start of the Pod's own container. */
  readonly ownShareSeconds: number;
  readonly enbiSeconds: number;
  readonly registrySeconds: number;
  readonly stages: { readonly enbi: EnbiStages; readonly registry: RegistryStages };
  readonly controllerRssMegabytes: number;
  readonly runs: readonly { readonly enbi: EnbiStages; readonly registry: RegistryStages }[];
}

const name = 'enbi-bench';
const namespace = 'bench';

/**
 * The same change, again and again, each time a version that exists nowhere, on stores that are warm: by enbi, then by way
 * of a registry, turn by turn, so that a busy minute of the machine meets both.
 */
export async function measureRollout({ runs, keep, report }: RolloutOptions): Promise<Rollout> {
  using _ = await claimCluster(name, 'or wait');
  if (!keep && (await find(name)) !== undefined) await down(name, report);
  const cluster = await up({ name, nodes: 1, report });
  try {
    const image = await installOffline(cluster, report);
    const controllerRssMegabytes = await controllerMemory(cluster);
    // The first version of each warms its store and is not counted.
    const versions = Array.from({ length: runs + 1 }, (_, index) => `1.0.${index}`);
    const repositories = await versionsOfHello(versions);
    const kubectl = (args: readonly string[], stdin?: string) => cluster.kubectl(args, stdin);
    const git = await deployGitServer(kubectl, { image, repositories });
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
    await kubectl(['create', 'namespace', namespace]);
    await using observer = await observeCluster(cluster);
    await using registryWay = await prepareRegistryWay(cluster, observer, namespace, report);
    const measured: { enbi: EnbiStages; registry: RegistryStages }[] = [];
    for (const version of versions) {
      const flakeUrl = `${git.url('enbi')}?ref=refs/tags/{tag}`;
      const enbi = await rollOutWithEnbi({ kubectl, observer, namespace, flakeUrl, version });
      const registry = await registryWay.rollOut('registry', version);
      measured.push({ enbi, registry });
      report(`${version}: enbi ${enbi.total.toFixed(2)} s, registry ${registry.total.toFixed(2)} s`);
    }
    return summary(measured.slice(1), controllerRssMegabytes);
  } finally {
    if (!keep) await cluster.down();
  }
}

/** One repository for each way: neither finds layers on the node that the other has brought there. */
async function versionsOfHello(versions: readonly string[]): Promise<Repositories> {
  const hello = await readExample('hello');
  const allVersions = (files: FlakeFiles) =>
    Object.fromEntries(versions.map((version) => [version, atVersion(files, version)]));
  return { enbi: allVersions(unlikeAny(hello, randomUUID())), registry: allVersions(unlikeAny(hello, randomUUID())) };
}

function summary(runs: Rollout['runs'], controllerRssMegabytes: number): Rollout {
  const enbi = runs.map((run) => run.enbi);
  const registry = runs.map((run) => run.registry);
  return {
    ownShareSeconds: medianOf(enbi.map(({ own }) => own)),
    enbiSeconds: medianOf(enbi.map(({ total }) => total)),
    registrySeconds: medianOf(registry.map(({ total }) => total)),
    stages: { enbi: medians(enbiStages, enbi), registry: medians(registryStages, registry) },
    controllerRssMegabytes,
    runs,
  };
}
