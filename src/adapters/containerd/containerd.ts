import { Code } from '@connectrpc/connect';
import type { Sha256Digest } from '../../api/result.ts';
import type {
  Blob,
  BlobWrite,
  Descriptor,
  ImageRecord,
  KubeletImage,
  Labels,
  LayerUnpack,
  LeasedImages,
  NodeImages,
} from '../../importer/ports.ts';
import { Calls } from './calls.ts';
import { type Connection, connectTo, type Services } from './connection.ts';
import type { Image } from './gen/images_pb.ts';
import { hasSnapshot, unpackLayer } from './unpack-layer.ts';
import { writeBlob } from './write-blob.ts';

/** The images of the containerd that listens at `socket`, an absolute path. */
export function containerdImages(socket: string): NodeImages {
  const connection = connectTo(socket);
  const services = connection.services();
  const calls = new Calls();
  return {
    record: (name) => record(services, calls, name),
    recordsWith: (label) => recordsWith(services, calls, label),
    addLabels: (name, labels) => addLabels(services, calls, { name, labels }),
    removeLabels: (name, labels) => removeLabels(services, calls, { name, labels }),
    kubeletImage: (name) => kubeletImage(services, calls, name),
    lease: (id, expires, tenant) => lease(connection, calls, { id, expires, tenant }),
    close: () => connection.close(),
  };
}

interface Wish {
  readonly id: string;
  readonly expires: Date;
  readonly tenant: string;
}

async function lease(connection: Connection, calls: Calls, { id, expires, tenant }: Wish) {
  const { leases } = connection.services();
  // Should this process be killed, containerd ends the lease by itself.
  const labels = { 'containerd.io/gc.expire': expires.toISOString() };
  // The name is random: if it is there, this process made it, and lost the answer.
  await calls.unless(Code.AlreadyExists, 'creating a lease', () => leases.create({ id, labels }));
  return new Leased(connection, calls, { id, tenant });
}

class Leased implements LeasedImages {
  readonly #connection: Connection;
  readonly #services: Services;
  readonly #calls: Calls;
  readonly #id: string;
  readonly #tenant: string;

  constructor(connection: Connection, calls: Calls, { id, tenant }: Pick<Wish, 'id' | 'tenant'>) {
    this.#connection = connection;
    this.#services = connection.services(id);
    this.#calls = calls;
    this.#id = id;
    this.#tenant = tenant;
  }

  /** One question for all: as many as an image has would be as many round trips. */
  async blobs(digests: readonly Sha256Digest[]): Promise<ReadonlyMap<string, Blob>> {
    if (digests.length === 0) {
      return new Map();
    }
    const filters = digests.map((digest) => `digest==${digest}`);
    const { content } = this.#services;
    const found = await this.#calls.make('looking up content', () => Array.fromAsync(content.list({ filters })));
    const known = new Map(found.flatMap(({ info }) => info).map((info) => [info.digest, info]));
    const blobs = digests.flatMap((digest) => {
      const info = known.get(digest);
      return info === undefined ? [] : [{ digest, sizeBytes: Number(info.size), labels: info.labels }];
    });
    return new Map(blobs.map((blob) => [blob.digest, blob]));
  }

  async labelBlob(digest: Sha256Digest, labels: Labels): Promise<void> {
    const { content } = this.#services;
    const updateMask = { paths: labelPaths(labels) };
    await this.#calls.make(`labelling ${digest}`, () => content.update({ info: { digest, labels }, updateMask }));
  }

  writeBlob(write: BlobWrite): Promise<'written' | 'present'> {
    const open = () => this.#connection.openWrite(this.#id);
    const abort = (ref: string) => this.#services.content.abort({ ref });
    return writeBlob({ open, abort, tenant: this.#tenant }, write);
  }

  hasSnapshot(snapshotter: string, chainId: string): Promise<boolean> {
    const doing = `looking up the snapshot ${chainId}`;
    return this.#calls.make(doing, () => hasSnapshot(this.#services, snapshotter, chainId));
  }

  unpackLayer(unpack: LayerUnpack): Promise<'unpacked' | 'present'> {
    return this.#calls.make(`unpacking ${unpack.layer.digest}`, () => unpackLayer(this.#services, unpack));
  }

  async createRecord(record: ImageRecord): Promise<boolean> {
    const { images } = this.#services;
    const image = messageOf(record);
    const naming = `naming ${record.name}`;
    return (await this.#calls.unless(Code.AlreadyExists, naming, () => images.create({ image }))) !== undefined;
  }

  async updateRecord(record: ImageRecord): Promise<void> {
    const { images } = this.#services;
    const updateMask = { paths: ['target', ...labelPaths(record.labels)] };
    const image = messageOf(record);
    await this.#calls.make(`renaming ${record.name}`, () => images.update({ image, updateMask }));
  }

  async end(): Promise<void> {
    const { leases } = this.#connection.services();
    await this.#calls.unless(Code.NotFound, 'deleting a lease', () => leases.delete({ id: this.#id }));
  }
}

async function record({ images }: Services, calls: Calls, name: string): Promise<ImageRecord | undefined> {
  const found = await calls.unless(Code.NotFound, `looking up ${name}`, () => images.get({ name }));
  return found?.image === undefined ? undefined : recordOf(found.image);
}

async function recordsWith({ images }: Services, calls: Calls, label: string): Promise<readonly ImageRecord[]> {
  const filters = [`labels."${label}"`];
  const found = await calls.make(`looking for names with ${label}`, () => images.list({ filters }));
  return found.images.map(recordOf);
}

/** The target is not looked at, and has to be there: see `removeLabels`. */
async function addLabels(
  { images }: Services,
  calls: Calls,
  { name, labels }: Pick<ImageRecord, 'name' | 'labels'>,
): Promise<void> {
  const updateMask = { paths: labelPaths(labels) };
  const image = { name, labels, target: {} };
  await calls.unless(Code.NotFound, `labelling ${name}`, () => images.update({ image, updateMask }));
}

/**
 * A label that the mask names and the record does not have becomes empty, and an empty one is none. The target is not looked
 * at, but without one containerd 2.4.2 ends by a nil pointer (imageFromProto in plugins/services/images/helpers.go).
 */
async function removeLabels(
  { images }: Services,
  calls: Calls,
  { name, labels }: { readonly name: string; readonly labels: readonly string[] },
): Promise<void> {
  const updateMask = { paths: labels.map(labelPath) };
  const removing = `taking labels off ${name}`;
  await calls.unless(Code.NotFound, removing, () => images.update({ image: { name, target: {} }, updateMask }));
}

async function kubeletImage({ kubelet }: Services, calls: Calls, name: string): Promise<KubeletImage | undefined> {
  const { image } = await calls.make(`asking the CRI for ${name}`, () =>
    kubelet.imageStatus({ image: { image: name } }),
  );
  return image === undefined ? undefined : { id: image.id, pinned: image.pinned };
}

function labelPaths(labels: Labels): string[] {
  return Object.keys(labels).map(labelPath);
}

/** containerd's own extension of field masks: one path per label leaves the other labels alone. */
function labelPath(key: string): string {
  return `labels.${key}`;
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
