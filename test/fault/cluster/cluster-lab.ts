import { up } from '../../../cluster/cluster.ts';
import { demoRepositories } from '../../support/demo.ts';
import { deployGitServer, type Kubectl } from '../../support/git-server.ts';
import { installOffline } from '../../support/install-offline.ts';
import { type Lab, type LabOptions, labOn } from '../lab.ts';
import { undivided } from '../server/division.ts';

/** A whole cluster with enbi in it, but for its controllers: those are the harness' own, behind the proxy. */
export interface ClusterLab extends Lab {
  /** enbi's own. */
  readonly image: string;
  /** Repository → flake reference that takes the tag from the image. */
  readonly flakes: Readonly<Record<string, string>>;
  nextTenant(): string;
}

export async function openClusterLab({ name, report, keep }: Omit<LabOptions, 'worlds'>): Promise<ClusterLab> {
  const cluster = await up({ name, nodes: 1, report });
  const kubectl: Kubectl = (args, stdin) => cluster.kubectl(args, stdin);
  const image = await installOffline(cluster, report);
  const repositories = await demoRepositories();
  const server = await deployGitServer(kubectl, { image, repositories });
  await kubectl(['--namespace=enbi', 'scale', 'deployment/enbi-controller', '--replicas=0']);
  // Images stay on a node that is kept: the next run must not find them under their names.
  const run = Date.now().toString(36).slice(-4);
  let count = 0;
  return {
    ...(await labOn(cluster, undivided, keep)),
    worlds: ['cluster'],
    image,
    flakes: Object.fromEntries(
      Object.keys(repositories).map((repository) => [repository, `${server.url(repository)}?ref=refs/tags/{tag}`]),
    ),
    nextTenant: () => `f-${run}-${String(++count).padStart(3, '0')}`,
  };
}
