import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { up } from '../../../cluster/cluster.ts';
import { folderOf } from '../../../cluster/state.ts';
import { bundle } from '../../../image/bundle.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { demoRepositories } from '../../support/demo.ts';
import { deployGitServer, type Kubectl } from '../../support/git-server.ts';
import { installOffline } from '../../support/install-offline.ts';
import type { Lab, LabOptions } from '../lab.ts';
import { Proxy } from '../proxy/proxy.ts';
import { undivided } from '../server/division.ts';
import { Mirror } from '../server/mirror.ts';
import { RawApi } from '../server/raw-api.ts';

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
  const access = await loadKubeconfig(cluster.kubeconfig);
  const api = new RawApi(access);
  const mirror = await Mirror.start(api, undivided);
  const proxy = await Proxy.start(access, folderOf(name).pki);
  const directory = await mkdtemp(join(tmpdir(), 'enbi-fault-'));
  const program = join(directory, 'enbi.mjs');
  await bundle('src/main/main.ts', program);
  // Images stay on a node that is kept: the next run must not find them under their names.
  const run = Date.now().toString(36).slice(-4);
  let count = 0;
  return {
    api,
    mirror,
    proxy,
    worlds: ['cluster'],
    kubeconfig: cluster.kubeconfig,
    program,
    directory,
    image,
    flakes: Object.fromEntries(
      Object.keys(repositories).map((repository) => [repository, `${server.url(repository)}?ref=refs/tags/{tag}`]),
    ),
    nextTenant: () => `f-${run}-${String(++count).padStart(3, '0')}`,
    async [Symbol.asyncDispose]() {
      proxy.close();
      mirror.stop();
      api.close();
      await rm(directory, { recursive: true });
      if (!keep) await cluster.down();
    },
  };
}
