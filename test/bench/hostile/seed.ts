import { resource } from '../../../src/cluster-view/resources.ts';
import type { KubeClient } from '../../../src/runtime/kube-client.ts';
import { make, numbers, sideBySide } from '../scale/seed.ts';
import { hostileBuild, hostilePod } from './objects.ts';
import { type HostileSize, hostileNamespace } from './size.ts';

/** How large the objects are as the API server tells them, in KiB. */
export interface Seeded {
  readonly podsKiB: number;
  readonly buildsKiB: number;
}

export async function seedHostile(
  client: KubeClient,
  { pods, builds, secrets }: HostileSize,
  report: (line: string) => void,
): Promise<Seeded> {
  await make(client, resource.namespaces, { metadata: { name: hostileNamespace } });
  report(`making ${pods} hostile Pods`);
  await sideBySide(numbers(pods), async (index) => void (await make(client, resource.pods, hostilePod(index))));
  report(`making ${builds} hostile NixBuilds, with the names of ${secrets} Secrets`);
  await sideBySide(numbers(builds), async (index) => {
    await make(client, resource.builds, hostileBuild(index, secrets));
  });
  return { podsKiB: await kibibytesOf(client, 'pods'), buildsKiB: await kibibytesOf(client, 'builds') };
}

/** All of them, page by page. */
async function kibibytesOf(client: KubeClient, kind: 'pods' | 'builds'): Promise<number> {
  let bytes = 0;
  let continueToken: string | undefined;
  do {
    const page = await client.list(resource[kind], { namespace: hostileNamespace, limit: 50, continueToken });
    for (const item of page.items) bytes += Buffer.byteLength(JSON.stringify(item));
    ({ continueToken } = page);
  } while (continueToken !== undefined);
  return Math.round(bytes / 1024);
}
