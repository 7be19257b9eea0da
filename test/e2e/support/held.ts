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

/** Returns when the import of this NixBuild has begun and stands still. */
export async function heldInImport(cluster: ClusterUnderTest, tenant: Tenant, image: string): Promise<Held> {
  const { metadata, status } = await tenant.waitFor(`${image} has a node`, async () => {
    const found = await attemptAt(tenant, image, 1);
    return found?.status.buildNode === undefined ? undefined : found;
  });
  const node = status.buildNode ?? '';
  const importer = await cluster.on(node, 'timeout', '150', 'sh', '-uc', stopImporter, 'hold', metadata.name);
  const build = await tenant.waitFor(`${image} is held in the import`, async () => {
    const found = await attemptAt(tenant, image, 1);
    return found?.status.importJobName === undefined ? undefined : found;
  });
  return {
    build,
    job: build.status.importJobName ?? '',
    release: async () => void (await cluster.on(node, 'kill', '-CONT', importer.trim())),
  };
}

/** The process of the import Pod whose name begins so. */
const stopImporter = `
  while sleep 0.02; do
    for importer in $(pgrep -f '^/usr/bin/node .* import$'); do
      tr '\\0' '\\n' <"/proc/$importer/environ" 2>/dev/null | grep -q "^HOSTNAME=$1-.*-import-" || continue
      kill -STOP "$importer" && echo "$importer" && exit
    done
  done
`;

async function attemptAt(tenant: Tenant, image: string, attempt: number): Promise<NixBuild | undefined> {
  const builds = await tenant.builds();
  return builds.find(({ spec, status }) => spec.imageTag === image && status.attempts === attempt);
}
