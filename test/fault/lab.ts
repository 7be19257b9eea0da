import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, up } from '../../cluster/cluster.ts';
import { folderOf } from '../../cluster/state.ts';
import { bundle } from '../../image/bundle.ts';
import { loadKubeconfig } from '../../src/adapters/kubernetes/kubeconfig.ts';
import { Proxy } from './proxy/proxy.ts';
import { byBeginning, type Division } from './server/division.ts';
import { Mirror } from './server/mirror.ts';
import { RawApi } from './server/raw-api.ts';

/** Everything that plans share: one API server, one view of it, one proxy. */
export interface Lab extends AsyncDisposable {
  readonly api: RawApi;
  readonly mirror: Mirror;
  readonly proxy: Proxy;
  /** Names of the worlds that there may be: so many plans at once. */
  readonly worlds: readonly string[];
  readonly kubeconfig: string;
  /** enbi in one file, as in its image, and a place for what its processes need. */
  readonly program: string;
  readonly directory: string;
}

export interface LabOptions {
  readonly name: string;
  readonly worlds: readonly string[];
  readonly report: (line: string) => void;
  /** Leaves the API server up for the next time. */
  readonly keep: boolean;
}

export async function openLab({ name, worlds, report, keep }: LabOptions): Promise<Lab> {
  const cluster = await up({ name, nodes: 0, report });
  await applyDefinitions(cluster);
  return { ...(await labOn(cluster, byBeginning(worlds), keep)), worlds };
}

/** What every lab has, on whatever kind of cluster. */
export async function labOn(cluster: Cluster, division: Division, keep: boolean): Promise<Omit<Lab, 'worlds'>> {
  const access = await loadKubeconfig(cluster.kubeconfig);
  const api = new RawApi(access);
  const mirror = await Mirror.start(api, division);
  const proxy = await Proxy.start(access, folderOf(cluster.name).pki);
  const directory = await mkdtemp(join(tmpdir(), 'enbi-fault-'));
  const program = join(directory, 'enbi.mjs');
  await bundle('src/main/main.ts', program);
  return {
    api,
    mirror,
    proxy,
    kubeconfig: cluster.kubeconfig,
    program,
    directory,
    async [Symbol.asyncDispose]() {
      proxy.close();
      mirror.stop();
      api.close();
      await rm(directory, { recursive: true });
      if (!keep) await cluster.down();
    },
  };
}

async function applyDefinitions(cluster: Cluster): Promise<void> {
  const definitions = await readFile(join(import.meta.dirname, '../../deploy/crds.yaml'), 'utf8');
  await cluster.kubectl(['apply', '-f', '-'], definitions);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
}
