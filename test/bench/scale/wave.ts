import { setTimeout as sleep } from 'node:timers/promises';
import { label } from '../../../src/api/labels.ts';
import { NixBuildSpec } from '../../../src/api/nix-build.ts';
import { rawOf, textMap, textOf } from '../../../src/cluster-view/raw.ts';
import { resource } from '../../../src/cluster-view/resources.ts';
import { TransientError } from '../../../src/errors.ts';
import type { KubeClient } from '../../../src/runtime/kube-client.ts';
import { failingStatus, imageOf } from './objects.ts';
import { askingOf, numbers } from './seed.ts';
import { namespaceName, type Size } from './size.ts';

const goImage = 'scale.test/image';

/**
 * One Pod after the other fails to pull; returns for each image the milliseconds from its first Pod's failure to
 * its Job, both by this process' clock.
 */
export async function wave(client: KubeClient, group: string, size: Size): Promise<readonly number[]> {
  const failedAt = new Map<string, number>();
  const stop = new AbortController();
  const jobs = watchJobs(client, stop.signal);
  const startedAt = performance.now();
  const writes: Promise<unknown>[] = [];
  for (const [at, { image, copy }] of askingOf(size).entries()) {
    await sleep(Math.max(0, startedAt + (at * 1000) / size.podsPerSecond - performance.now()));
    const name = imageOf(group, image);
    const pod = { namespace: namespaceName(image % size.namespaces), name: `${group}-${image}-${copy}` };
    if (!failedAt.has(name)) failedAt.set(name, performance.now());
    writes.push(client.patch(resource.pods, pod, failingStatus(name), { subresource: 'status' }));
  }
  await Promise.all(writes);
  const madeAt = await whenAllAreMade(client, await jobs, { size, images: new Set(failedAt.keys()) });
  stop.abort();
  return [...failedAt].map(([image, failed]) => (madeAt.get(image) ?? Number.NaN) - failed);
}

interface SeenJob {
  readonly atMs: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly namespace: string;
}

async function watchJobs(client: KubeClient, signal: AbortSignal): Promise<readonly SeenJob[]> {
  const seen: SeenJob[] = [];
  const { resourceVersion } = await client.list(resource.jobs, {});
  const follow = async () => {
    for await (const event of client.watch(resource.jobs, { resourceVersion, timeoutSeconds: 600 }, signal)) {
      if (event.type !== 'ADDED') continue;
      const { annotations, namespace } = rawOf(rawOf(event.object).metadata);
      seen.push({ atMs: performance.now(), annotations: textMap(annotations), namespace: textOf(namespace) });
    }
  };
  follow().catch(() => undefined);
  return seen;
}

async function whenAllAreMade(
  client: KubeClient,
  jobs: readonly SeenJob[],
  { size, images }: { readonly size: Size; readonly images: ReadonlySet<string> },
): Promise<ReadonlyMap<string, number>> {
  for (const until = performance.now() + 300_000; performance.now() < until; await sleep(200)) {
    const madeAt = new Map<string, number>();
    // An API server whose cache begins anew says 429 for a moment.
    const byBuild = await imagesOfBuilds(client, size).catch(unlessTransient);
    if (byBuild === undefined) continue;
    for (const { atMs, annotations } of jobs) {
      const build = `${annotations[label.buildNamespace]}/${annotations[label.buildName]}`;
      const image = annotations[goImage] ?? byBuild.get(build) ?? '';
      if (images.has(image) && !madeAt.has(image)) madeAt.set(image, atMs);
    }
    if (madeAt.size === images.size) return madeAt;
  }
  throw new Error(`after five minutes there are ${jobs.length} Jobs for ${images.size} images`);
}

function unlessTransient(thrown: unknown): undefined {
  if (!(thrown instanceof TransientError)) throw thrown;
}

/** Of the namespaces whose Pods wait: there may be others, with thousands. */
async function imagesOfBuilds(client: KubeClient, size: Size): Promise<ReadonlyMap<string, string>> {
  const namespaces = numbers(size.namespaces).map(namespaceName);
  const pages = await Promise.all(namespaces.map((namespace) => client.list(resource.builds, { namespace })));
  return new Map(
    pages.flatMap(({ items }) =>
      items.map((item) => {
        const { metadata, spec } = rawOf(item);
        const { namespace, name } = rawOf(metadata);
        return [`${textOf(namespace)}/${textOf(name)}`, NixBuildSpec.parse(spec).imageTag] as const;
      }),
    ),
  );
}
