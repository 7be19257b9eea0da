import type { Cluster } from '../../cluster/cluster.ts';
import { install } from '../../cluster/install.ts';
import { controllerHasChanged } from './controller.ts';

/** Tests that hold builds up must not keep others waiting. */
export const maxBuildsPerNode = 'ENBI_MAX_BUILDS_PER_NODE';

/** Tests that wait until nothing is left are not to wait for logs that somebody may read. */
export const jobTtl = 'ENBI_JOB_TTL_AFTER_SUCCESS';

/** Nor for builders that wait for something to do. */
export const builderIdle = 'ENBI_BUILDER_IDLE';

/**
 * enbi, installed as a user would, but for four settings: no binary caches (the nodes of the embedded cluster reach none, and
 * asking costs every build some seconds), more builds at once, and no Job of a success that stays, be it
 * with its log or for other builds. Returns the name of enbi's image.
 */
export async function installOffline(
  cluster: Cluster,
  report: (line: string) => void,
  others: Readonly<Record<string, string>> = {},
): Promise<string> {
  const stays = { [jobTtl]: '0', [builderIdle]: '0' };
  const settings = { ENBI_SUBSTITUTERS: '', [maxBuildsPerNode]: '12', ...stays, ...others };
  const image = await install(cluster, report, settings);
  await controllerHasChanged((args) => cluster.kubectl(args));
  return image;
}
