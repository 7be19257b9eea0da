import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../../cluster/cluster.ts';
import { namespaceOf } from '../../../cluster/network.ts';
import { folderOf } from '../../../cluster/state.ts';
import { hostArchitecture } from '../../../image/architecture.ts';
import { ensureRootfs } from '../../../image/rootfs.ts';
import { makeNixDirectory } from '../../support/nix.ts';
import { ensureDebianPackages } from './debian-packages.ts';
import type { Observer } from './observe-cluster.ts';
import { type RegistryStages, rollOutWithRegistry } from './registry-run.ts';
import { startRegistry } from './start-registry.ts';

/** What people do without enbi: `nix build`, `skopeo copy` to a registry, and the kubelet pulls. */
export interface RegistryWay extends AsyncDisposable {
  rollOut(repository: string, version: string): Promise<RegistryStages>;
}

/**
 * Everything has its best case: the registry listens on the node's own loopback, Nix runs outside of any container, with the
 * same version and on a store as warm as enbi's.
 */
export async function prepareRegistryWay(
  cluster: Cluster,
  observer: Observer,
  namespace: string,
  report: (line: string) => void,
): Promise<RegistryWay> {
  await ensureDebianPackages({ skopeo: '/usr/bin/skopeo', 'docker-registry': '/usr/bin/docker-registry' }, report);
  const rootfs = await ensureRootfs(hostArchitecture(), report);
  const scratch = await mkdtemp(join(tmpdir(), 'enbi-bench-'));
  await chmod(scratch, 0o755);
  const cache = makeNixDirectory(join(scratch, 'cache'));
  const nix = makeNixDirectory(join(scratch, 'nix'));
  await mkdir(join(scratch, 'registry'));
  const inNode = ['nsenter', `--net=${namespaceOf(folderOf(cluster.name), cluster.nodes[0] ?? '')}`];
  const registry = await startRegistry(inNode, join(scratch, 'registry'));
  const gitServer = await gitServerAddress(cluster);
  return {
    rollOut: (repository, version) =>
      rollOutWithRegistry({ cluster, observer, namespace, rootfs, nix, cache, inNode, gitServer, repository, version }),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true });
    },
  };
}

/** Its Pod's own: Services have addresses only inside the cluster. */
async function gitServerAddress(cluster: Cluster): Promise<string> {
  const pods = ['--namespace=enbi-demo', 'get', 'pods', '--selector=app.kubernetes.io/name=git-server'];
  return await cluster.kubectl([...pods, '--output=jsonpath={.items[0].status.podIP}']);
}
