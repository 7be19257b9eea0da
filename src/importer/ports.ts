import type { Sha256Digest } from '../api/result.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** A piece of content the runtime has in full. */
export interface Blob {
  readonly digest: Sha256Digest;
  readonly sizeBytes: number;
  readonly labels: Labels;
}

/** A name under which the runtime knows an image. */
export interface ImageRecord {
  readonly name: string;
  readonly target: Descriptor;
  readonly labels: Labels;
}

export interface BlobWrite {
  readonly digest: Sha256Digest;
  readonly sizeBytes: number;
  /** Set in the same step that makes the blob visible: Spegel reads them when it hears of the blob (spegel#1096). */
  readonly labels: Labels;
  /** The content from its first byte; called again when a write begins anew. What it throws ends the write uncommitted. */
  open(): AsyncIterable<Uint8Array>;
  /** Hears of chunks, or the last pieces of them in order, that are not needed any more: they are sent, or were there. */
  spent?(data: Uint8Array): void;
}

/** An image as the kubelet is told of it. */
export interface KubeletImage {
  readonly id: string;
  /** Its garbage collection passes it over. Never true of a runtime too old to know pins. */
  readonly pinned: boolean;
}

/** A layer as the top of a container's root. */
export interface LayerUnpack {
  /** Which of the runtime's ways to keep roots. */
  readonly snapshotter: string;
  /** The blob, which is there. */
  readonly layer: Descriptor;
  /** Of its uncompressed content. */
  readonly diffId: string;
  /** Of the layer on all below it, and of those below; undefined: there are none. */
  readonly chainId: string;
  readonly parent: string | undefined;
}

/**
 * The images of the node's container runtime, in the namespace the kubelet uses. Throws TransientError
 * `ContainerdUnavailable` when the runtime does not answer; the caller's whole run may then be tried again.
 */
export interface NodeImages {
  record(name: string): Promise<ImageRecord | undefined>;
  /** All that carry this label. */
  recordsWith(label: string): Promise<readonly ImageRecord[]>;
  /** Keeps the others. A record that is gone gets none. */
  addLabels(name: string, labels: Labels): Promise<void>;
  /** Leaves the others. A record that is gone has none. */
  removeLabels(name: string, labels: readonly string[]): Promise<void>;
  /** What the kubelet is told for exactly this text, which may lag behind the records by some 0.5 s. */
  kubeletImage(name: string): Promise<KubeletImage | undefined>;
  /**
   * Protects from collection whatever is done through the result, until `end` or the time given. Writes that were broken off are gone
   * on with, and waited for, where they are of the same tenant: what another one writes under a digest may be anything, and take any time.
   */
  lease(id: string, expires: Date, tenant: string): Promise<LeasedImages>;
  close(): void;
}

export interface LeasedImages {
  /** Those of them the runtime has, by digest. */
  blobs(digests: readonly Sha256Digest[]): Promise<ReadonlyMap<string, Blob>>;
  /** Adds these, keeps the others. The blob exists. */
  labelBlob(digest: Sha256Digest, labels: Labels): Promise<void>;
  /**
   * `present`: the runtime had it already, nothing was sent and no label was set. Goes on where an interrupted write
   * of the same digest stopped, also when the runtime was restarted meanwhile. The runtime holds the content against digest
   * and size: throws UserError `DigestMismatch`. Several may be under way at once.
   */
  writeBlob(write: BlobWrite): Promise<'written' | 'present'>;
  /** Whether this layer and all below it are unpacked. Rejects when there is no such snapshotter. */
  hasSnapshot(snapshotter: string, chainId: string): Promise<boolean>;
  /** `present`: it was unpacked already. Rejects without leaving anything that can be taken for the whole. */
  unpackLayer(unpack: LayerUnpack): Promise<'unpacked' | 'present'>;
  /** False: the name is taken. */
  createRecord(record: ImageRecord): Promise<boolean>;
  /** Points a record that exists at another target and adds labels. */
  updateRecord(record: ImageRecord): Promise<void>;
  end(): Promise<void>;
}
