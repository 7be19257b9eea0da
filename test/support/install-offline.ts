import type { Cluster } from '../../cluster/cluster.ts';
import { install } from '../../cluster/install.ts';
import { buildImage } from '../../image/build.ts';

/**
 * enbi, installed as a user would, with one setting: no binary caches. The nodes of the embedded cluster reach none, and
 * asking costs every build some seconds. Returns the name of enbi's image.
 */
export async function installOffline(cluster: Cluster, report: (line: string) => void): Promise<string> {
  const { name } = await buildImage({ report });
  await install(cluster, report);
  const deployment = ['--namespace=enbi', 'deployment/enbi-controller'];
  await cluster.kubectl(['set', 'env', ...deployment, 'ENBI_SUBSTITUTERS=']);
  report('waiting for the controller without binary caches');
  await cluster.kubectl(['rollout', 'status', '--timeout=180s', ...deployment]);
  return name;
}
