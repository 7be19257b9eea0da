import { randomUUID } from 'node:crypto';
import { claimCluster } from '../../../cluster/claim.ts';
import { down, find, up } from '../../../cluster/cluster.ts';
import { label } from '../../../src/api/labels.ts';
import { atVersion, readExample } from '../../support/demo.ts';
import { deployGitServer, type Kubectl } from '../../support/git-server.ts';
import type { FlakeFiles, Repositories } from '../../support/git-server-manifests.ts';
import { builderIdle, installOffline, jobTtl } from '../../support/install-offline.ts';
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

/** One round. `cold`: by enbi, after every build Pod was removed. */
interface Round {
  readonly enbi: EnbiStages;
  readonly cold: EnbiStages;
  readonly registry: RegistryStages;
}

/** All times in seconds; those on top are medians. */
export interface Rollout {
  /** Of `enbiSeconds`, all but the run time of Nix and the start of the Pod's own container. */
  readonly ownShareSeconds: number;
  /** The same where no build Pod was there to take the order. */
  readonly coldOwnShareSeconds: number;
  readonly enbiSeconds: number;
  readonly registrySeconds: number;
  /** How many times as long a change takes by enbi. */
  readonly ratio: number;
  readonly stages: { readonly enbi: EnbiStages; readonly cold: EnbiStages; readonly registry: RegistryStages };
  readonly controllerRssMegabytes: number;
  readonly runs: readonly Round[];
}

const name = 'enbi-bench';
const namespace = 'bench';

/** It is the logs that tell when an order was carried out; and builders stay as they do for users. */
const asUsersHaveIt = { [jobTtl]: '300', [builderIdle]: '300' };

/**
 * The same change, again and again, each time a version that exists nowhere, on stores that are warm: by enbi, then by way
 * of a registry, turn by turn, so that a busy minute of the machine meets both.
 */
export async function measureRollout({ runs, keep, report }: RolloutOptions): Promise<Rollout> {
  using _ = await claimCluster(name, 'or wait');
  if (!keep && (await find(name)) !== undefined) await down(name, report);
  const cluster = await up({ name, nodes: 1, report });
  try {
    const image = await installOffline(cluster, report, asUsersHaveIt);
    const controllerRssMegabytes = await controllerMemory(cluster);
    // The first round warms the stores and is not counted.
    const rounds = Array.from({ length: runs + 1 }, (_, index) => ({ warm: `1.0.${index}`, cold: `1.1.${index}` }));
    const repositories = await versionsOfHello(rounds.flatMap(({ warm, cold }) => [warm, cold]));
    const kubectl = (args: readonly string[], stdin?: string) => cluster.kubectl(args, stdin);
    const git = await deployGitServer(kubectl, { image, repositories });
    await kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
    await kubectl(['create', 'namespace', namespace]);
    await using observer = await observeCluster(cluster);
    await using registryWay = await prepareRegistryWay(cluster, observer, namespace, report);
    const flakeUrl = `${git.url('enbi')}?ref=refs/tags/{tag}`;
    const run = (version: string) => rollOutWithEnbi({ kubectl, observer, namespace, flakeUrl, version });
    const measured: Round[] = [];
    for (const versions of rounds) {
      const enbi = await run(versions.warm);
      const registry = await registryWay.rollOut('registry', versions.warm);
      await removeBuildPods(kubectl);
      const cold = await run(versions.cold);
      measured.push({ enbi, cold, registry });
      report(
        `${versions.warm}: enbi ${enbi.total.toFixed(2)} s, registry ${registry.total.toFixed(2)} s; ` +
          `${versions.cold}: enbi with a new build Pod ${cold.total.toFixed(2)} s`,
      );
    }
    return summary(measured.slice(1), controllerRssMegabytes);
  } finally {
    if (!keep) await cluster.down();
  }
}

/** The Jobs with all that is theirs, and only then does this end. */
async function removeBuildPods(kubectl: Kubectl): Promise<void> {
  const jobs = ['--namespace', namespace, 'delete', 'jobs', `--selector=${label.component}=build`];
  await kubectl([...jobs, '--cascade=foreground', '--wait']);
}

/** One repository for each way: neither finds layers on the node that the other has brought there. */
async function versionsOfHello(versions: readonly string[]): Promise<Repositories> {
  const hello = await readExample('hello');
  const allVersions = (files: FlakeFiles) =>
    Object.fromEntries(versions.map((version) => [version, atVersion(files, version)]));
  return { enbi: allVersions(unlikeAny(hello, randomUUID())), registry: allVersions(unlikeAny(hello, randomUUID())) };
}

function summary(runs: Rollout['runs'], controllerRssMegabytes: number): Rollout {
  const [enbi, cold, registry] = [
    runs.map((run) => run.enbi),
    runs.map((run) => run.cold),
    runs.map((run) => run.registry),
  ];
  const enbiSeconds = medianOf(enbi.map(({ total }) => total));
  const registrySeconds = medianOf(registry.map(({ total }) => total));
  return {
    ownShareSeconds: medianOf(enbi.map(({ own }) => own)),
    coldOwnShareSeconds: medianOf(cold.map(({ own }) => own)),
    enbiSeconds,
    registrySeconds,
    ratio: enbiSeconds / registrySeconds,
    stages: {
      enbi: medians(enbiStages, enbi),
      cold: medians(enbiStages, cold),
      registry: medians(registryStages, registry),
    },
    controllerRssMegabytes,
    runs,
  };
}
