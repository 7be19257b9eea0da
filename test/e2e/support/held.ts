import { isRunning, type NixBuild, podOf } from '../../support/objects.ts';
import type { ClusterUnderTest } from './cluster-under-test.ts';
import type { Tenant, TenantOptions } from './tenant.ts';

/** Where the builders of flakes/trouble can be held: without a sandbox they see what is made in their Pod's /tmp. */
export const holdable: TenantOptions = { annotations: { 'enbi.hrzn.ee/isolation': 'Unprivileged' } };

export interface Held {
  readonly build: NixBuild;
  readonly job: string;
  readonly release: () => Promise<void>;
}

/** Returns when the builder of this attempt has begun and waits. */
export async function heldInBuild(tenant: Tenant, image: string, attempt = 1): Promise<Held> {
  const build = await tenant.waitFor(`attempt ${attempt} at ${image} is held in the build`, async () => {
    const found = await attemptAt(tenant, image, attempt);
    const pod = podOf(found?.status.buildJobName, await tenant.pods());
    // The log is ahead of the Pod's status, and that of what enbi knows.
    if (pod?.status.containerStatuses.some(isRunning) !== true || found?.status === undefined) return undefined;
    if (found.status.conditions?.some(({ reason }) => reason === 'BuildRunning') !== true) return undefined;
    return (await tenant.log(pod, 'build')).includes('> holding') ? found : undefined;
  });
  const job = build.status.buildJobName ?? '';
  const touch = ['exec', `job/${job}`, '--container=build', '--', 'busybox', 'touch', '/tmp/released'];
  return { build, job, release: async () => void (await tenant.kubectl(touch)) };
}

export interface HeldInImport extends Pick<Held, 'build' | 'release'> {
  /** Of the agent's process that does it, on the node. */
  readonly pid: string;
}

/** Returns when the import of this NixBuild, which bears the name of its package, has begun and stands still. */
export async function heldInImport(cluster: ClusterUnderTest, tenant: Tenant, image: string): Promise<HeldInImport> {
  const { metadata, status } = await tenant.waitFor(`${image} has a node`, async () => {
    const found = await attemptAt(tenant, image, 1);
    return found?.status.buildNode === undefined ? undefined : found;
  });
  const node = status.buildNode ?? '';
  const pid = (await cluster.on(node, 'timeout', '150', 'sh', '-uc', stopImporter, 'hold', metadata.name)).trim();
  const build = await tenant.waitFor(`${image} is held in the import`, async () => {
    const found = await attemptAt(tenant, image, 1);
    return found?.status.importJobName === undefined ? undefined : found;
  });
  return { build, pid, release: async () => void (await cluster.on(node, 'kill', '-CONT', pid)) };
}

/** The agent's process that has the archive of this name open. */
const stopImporter = `
  while sleep 0.02; do
    for importer in $(pgrep -f '^/usr/bin/node .* agent-child$'); do
      ls -l "/proc/$importer/fd" 2>/dev/null | grep -q "/store/[^/]*-$1-docker-archive$" || continue
      kill -STOP "$importer" && echo "$importer" && exit
    done
  done
`;

async function attemptAt(tenant: Tenant, image: string, attempt: number): Promise<NixBuild | undefined> {
  const builds = await tenant.builds();
  return builds.find(({ spec, status }) => spec.imageTag === image && status.attempts === attempt);
}
