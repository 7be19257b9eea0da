import { randomUUID } from 'node:crypto';
import { Code } from '@connectrpc/connect';
import { InternalError } from '../../errors.ts';
import type { LayerUnpack } from '../../importer/ports.ts';
import type { Services } from './connection.ts';
import { hasCode } from './failures.ts';

/** As containerd numbers the kinds of snapshots. */
const committed = 3;

type Unpacking = Pick<Services, 'snapshots' | 'diff'>;

/** As containerd's own client unpacks, so that the kubelet's side takes the snapshot for its own. */
export async function unpackLayer(services: Unpacking, unpack: LayerUnpack): Promise<'unpacked' | 'present'> {
  const { snapshotter, chainId } = unpack;
  // Unique: what a process that was killed left is nobody's, until its lease takes it along.
  const key = `extract-enbi-${randomUUID()} ${chainId}`;
  try {
    return await unpackInto(key, services, unpack);
  } catch (thrown) {
    await services.snapshots.remove({ snapshotter, key }).catch(() => {});
    if (hasCode(thrown, Code.AlreadyExists) && (await hasSnapshot(services, snapshotter, chainId))) return 'present';
    throw thrown;
  }
}

async function unpackInto(key: string, { snapshots, diff }: Unpacking, unpack: LayerUnpack): Promise<'unpacked'> {
  const { snapshotter, chainId, parent = '', diffId } = unpack;
  const { mediaType, digest, sizeBytes } = unpack.layer;
  // Tells snapshotters that fetch layers by themselves what becomes of this one.
  const labels = { 'containerd.io/snapshot.ref': chainId };
  const { mounts } = await snapshots.prepare({ snapshotter, key, parent, labels });
  const { applied } = await diff.apply({ diff: { mediaType, digest, size: BigInt(sizeBytes) }, mounts });
  if (applied?.digest !== diffId) {
    throw new InternalError(
      'InternalError',
      `${digest} unpacks to ${applied?.digest ?? 'nothing'}, the image says ${diffId}`,
    );
  }
  await snapshots.commit({ snapshotter, name: chainId, key, labels });
  return 'unpacked';
}

/** Whole: one that is being made has another name. */
export async function hasSnapshot({ snapshots }: Unpacking, snapshotter: string, chainId: string): Promise<boolean> {
  try {
    const { info } = await snapshots.stat({ snapshotter, key: chainId });
    return info?.kind === committed;
  } catch (thrown) {
    if (hasCode(thrown, Code.NotFound)) return false;
    throw thrown;
  }
}
