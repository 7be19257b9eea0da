import { Code } from '@connectrpc/connect';
import type { Sha256Digest } from '../../api/result.ts';
import type { Blob, Descriptor, ImageRecord, Labels, LeasedImages, NodeImages } from '../../importer/ports.ts';
import { type Connection, connectTo, type Services } from './connection.ts';
import { failureOf, hasCode } from './failures.ts';
import type { Image } from './gen/images_pb.ts';
import { writeBlob } from './write-blob.ts';

/** The images of the containerd that listens at `socket`, an absolute path. */
export function containerdImages(socket: string): NodeImages {
  const connection = connectTo(socket);
  const services = connection.services();
  return {
    record: (name) => record(services, name),
    kubeletImageId: (name) => kubeletImageId(services, name),
    lease: (id, expires) => lease(connection, id, expires),
    close: () => connection.close(),
  };
}

async function lease(connection: Connection, id: string, expires: Date): Promise<LeasedImages> {
  const { leases } = connection.services();
  // Should this process be killed, containerd ends the lease by itself.
  const labels = { 'containerd.io/gc.expire': expires.toISOString() };
  await attempt('creating a lease', () => leases.create({ id, labels }));
  const services = connection.services(id);
  return {
    blob: (digest) => blob(services, digest),
    labelBlob: (digest, labels) => labelBlob(services, digest, labels),
    writeBlob: (write) => writeBlob(services.content, write),
    createRecord: (record) => createRecord(services, record),
    updateRecord: (record) => updateRecord(services, record),
    end: () => endLease(leases, id),
  };
}

async function endLease(leases: Services['leases'], id: string): Promise<void> {
  await unlessCode(Code.NotFound, 'deleting a lease', () => leases.delete({ id }));
}

async function record({ images }: Services, name: string): Promise<ImageRecord | undefined> {
  const found = await unlessCode(Code.NotFound, `looking up ${name}`, () => images.get({ name }));
  return found?.image === undefined ? undefined : recordOf(found.image);
}

async function kubeletImageId({ kubelet }: Services, name: string): Promise<string | undefined> {
  const found = await attempt(`asking the CRI for ${name}`, () => kubelet.imageStatus({ image: { image: name } }));
  return found.image?.id;
}

async function blob({ content }: Services, digest: Sha256Digest): Promise<Blob | undefined> {
  const found = await unlessCode(Code.NotFound, `looking up ${digest}`, () => content.info({ digest }));
  return found?.info && { digest, sizeBytes: Number(found.info.size), labels: found.info.labels };
}

async function labelBlob({ content }: Services, digest: Sha256Digest, labels: Labels): Promise<void> {
  const updateMask = { paths: labelPaths(labels) };
  await attempt(`labelling ${digest}`, () => content.update({ info: { digest, labels }, updateMask }));
}

async function createRecord({ images }: Services, record: ImageRecord): Promise<boolean> {
  const made = await unlessCode(Code.AlreadyExists, `naming ${record.name}`, () =>
    images.create({ image: messageOf(record) }),
  );
  return made !== undefined;
}

async function updateRecord({ images }: Services, record: ImageRecord): Promise<void> {
  const updateMask = { paths: ['target', ...labelPaths(record.labels)] };
  await attempt(`renaming ${record.name}`, () => images.update({ image: messageOf(record), updateMask }));
}

/** containerd's own extension of field masks: one path per label leaves the other labels alone. */
function labelPaths(labels: Labels): string[] {
  return Object.keys(labels).map((key) => `labels.${key}`);
}

function messageOf({ name, target, labels }: ImageRecord) {
  const { mediaType, digest, sizeBytes } = target;
  return { name, labels, target: { mediaType, digest, size: BigInt(sizeBytes) } };
}

function recordOf({ name, labels, target }: Image): ImageRecord {
  const descriptor: Descriptor = {
    mediaType: target?.mediaType ?? '',
    digest: target?.digest ?? '',
    sizeBytes: Number(target?.size ?? 0),
  };
  return { name, labels, target: descriptor };
}

async function attempt<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw failureOf(thrown, doing);
  }
}

async function unlessCode<T>(code: Code, doing: string, call: () => Promise<T>): Promise<T | undefined> {
  return attempt(doing, async () => {
    try {
      return await call();
    } catch (thrown) {
      if (hasCode(thrown, code)) {
        return undefined;
      }
      throw thrown;
    }
  });
}
