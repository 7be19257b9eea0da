import type { Cluster } from '../../cluster/cluster.ts';
import { install } from '../../cluster/install.ts';
import { controllerHasChanged } from './controller.ts';

/** Tests that hold builds up must not keep others waiting. */
export const maxBuildsPerNode = 'ENBI_MAX_BUILDS_PER_NODE';

/**
 * enbi, installed as a user would, but for two settings: no binary caches (the nodes of the embedded cluster reach none, and
 * asking costs every build some seconds), and more builds at once. Returns the name of enbi's image.
 */
export async function installOffline(cluster: Cluster, report: (line: string) => void): Promise<string> {
  const image = await install(cluster, report, { ENBI_SUBSTITUTERS: '', [maxBuildsPerNode]: '12' });
  await controllerHasChanged((args) => cluster.kubectl(args));
  return image;
}
