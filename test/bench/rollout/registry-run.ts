import { join } from 'node:path';
import type { Cluster } from '../../../cluster/cluster.ts';
import { runOrThrow } from '../../../cluster/command.ts';
import { enterRootfs } from '../../../image/enter.ts';
import { offlineNixConfig } from '../../support/nix.ts';
import { benchPod } from './bench-pod.ts';
import type { Observer } from './observe-cluster.ts';
import { firstTime, isRunning, SeenPod, waitUntil } from './sightings.ts';
import { registryAddress } from './start-registry.ts';

/** The road of the same Pod by way of a registry, in seconds; then the sum. */
export const registryStages = [
  'build', // nix build
  'push', // skopeo copy
  'pulled', // Pod created → Running, the pull included
  'total',
] as const;
export type RegistryStages = Readonly<Record<(typeof registryStages)[number], number>>;

export interface RegistryRun {
  readonly cluster: Cluster;
  readonly observer: Observer;
  readonly namespace: string;
  readonly rootfs: string;
  /** Mounted at /nix. */
  readonly nix: string;
  /** Nix' caches. */
  readonly cache: string;
  /** Runs a command in the network of the node. */
  readonly inNode: readonly string[];
  readonly gitServer: string;
  readonly repository: string;
  readonly version: string;
}

/** Builds, pushes, creates the Pod and takes the times until it runs; removes it again. */
export async function rollOutWithRegistry(run: RegistryRun): Promise<RegistryStages> {
  const { cluster, namespace, version } = run;
  const image = `${registryAddress}/hello:${version}`;
  const begun = Date.now();
  const result = await build(run);
  const built = Date.now();
  await push(run, result, image);
  const pushed = Date.now();
  const name = `registry-${version.replaceAll('.', '-')}`;
  await cluster.kubectl(['create', '--filename=-'], JSON.stringify(benchPod(namespace, name, image, {})));
  const running = await waitUntil(`Pod ${name} runs`, () =>
    firstTime(run.observer.sightings, 'Pod', SeenPod, (pod) => pod.metadata.name === name && isRunning(pod)),
  );
  await cluster.kubectl(['--namespace', namespace, 'delete', 'pod', name]);
  const seconds = (from: number, to: number) => (to - from) / 1000;
  return {
    build: seconds(begun, built),
    push: seconds(built, pushed),
    pulled: seconds(pushed, running),
    total: seconds(begun, running),
  };
}

/** Path of the archive, as this machine sees it. */
async function build({ rootfs, nix, cache, gitServer, repository, version }: RegistryRun): Promise<string> {
  const system = process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux';
  const flake = `git://${gitServer}/${repository}?ref=refs/tags/${version}#packages.${system}.default`;
  const env = { NIX_CONFIG: offlineNixConfig, XDG_CACHE_HOME: '/mnt' };
  const argv = ['nix', 'build', '--no-link', '--print-out-paths', flake];
  const path = await runOrThrow(enterRootfs({ rootfs, binds: { '/nix': nix, '/mnt': cache }, env }, argv));
  return join(nix, path.trim().replace(/^\/nix\//, ''));
}

async function push({ inNode }: RegistryRun, archive: string, image: string): Promise<void> {
  const copy = ['skopeo', 'copy', '--insecure-policy', '--dest-tls-verify=false'];
  await runOrThrow([...inNode, ...copy, `docker-archive:${archive}`, `docker://${image}`]);
}
