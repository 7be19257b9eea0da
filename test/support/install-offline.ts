import type { Cluster } from '../../cluster/cluster.ts';
import { install } from '../../cluster/install.ts';
import { buildImage } from '../../image/build.ts';
import { reconfigure } from './controller.ts';

/**
 * enbi, installed as a user would, with one setting: no binary caches. The nodes of the embedded cluster reach none, and
 * asking costs every build some seconds. Returns the name of enbi's image.
 */
export async function installOffline(cluster: Cluster, report: (line: string) => void): Promise<string> {
  const { name } = await buildImage({ report });
  await install(cluster, report);
  report('waiting for the controller without binary caches');
  await reconfigure((args) => cluster.kubectl(args), ['ENBI_SUBSTITUTERS=']);
  return name;
}
