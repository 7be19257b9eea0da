import { createHash, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Services } from '../../src/adapters/containerd/connection.ts';
import type { TestContainerd } from '../support/containerd.ts';

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/** All that an import could leave: records, blobs, writes that were begun, snapshots, leases. */
export async function contentOf(services: Services, daemon: TestContainerd): Promise<readonly string[]> {
  const { images, content, leases, snapshots } = services;
  const [records, blobs, begun, held, unpacked] = await Promise.all([
    images.list({}),
    Array.fromAsync(content.list({})),
    // As files: asking ctr for each image would take longer than all imports.
    readdir(join(daemon.directory, 'root', 'io.containerd.content.v1.content', 'ingest')).catch(() => []),
    leases.list({}),
    Array.fromAsync(snapshots.list({ snapshotter: 'overlayfs' })),
  ]);
  return [
    ...records.images.map(({ name, target }) => `record ${name} → ${target?.digest}`),
    ...blobs.flatMap(({ info }) => info).map(({ digest }) => `blob ${digest}`),
    ...begun.map((name) => `begun write ${name}`),
    ...held.leases.map(({ id }) => `lease ${id}`),
    ...unpacked.flatMap(({ info }) => info).map(({ name }) => `snapshot ${name}`),
  ].toSorted();
}

/** A lease that ends with `sync` takes with it all that is due. */
export async function collectGarbage({ leases }: Services): Promise<void> {
  const id = `collect-${randomUUID()}`;
  await leases.create({ id });
  await leases.delete({ id, sync: true });
}

/** What is missing or wrong of a named image; undefined when it is whole. */
export async function flawOf(services: Services, name: string): Promise<string | undefined> {
  const { image } = await services.images.get({ name });
  const digest = image?.target?.digest ?? '';
  const manifest: Manifest = JSON.parse((await verified(services, digest)).toString());
  await verified(services, manifest.config.digest);
  for (const layer of manifest.layers) {
    const { length } = await verified(services, layer.digest);
    if (length !== layer.size) return `layer ${layer.digest} has ${length} bytes, the manifest says ${layer.size}`;
  }
  return undefined;
}

async function verified({ content }: Services, digest: string): Promise<Buffer> {
  const parts = await Array.fromAsync(content.read({ digest }));
  const bytes = Buffer.concat(parts.map(({ data }) => data));
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (actual !== digest) throw new Error(`the blob ${digest} has the digest ${actual}`);
  return bytes;
}

/** With all its records, also those that the kubelet's side made. */
export async function removeImage({ images }: Services, name: string): Promise<void> {
  const { image } = await images.get({ name });
  const digest = image?.target?.digest;
  const all = await images.list({});
  for (const record of all.images.filter(({ target }) => target?.digest === digest)) {
    await images.delete({ name: record.name, sync: true });
  }
}
