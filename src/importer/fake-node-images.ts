import { createHash } from 'node:crypto';
import type { Sha256Digest } from '../api/result.ts';
import { TransientError, UserError } from '../errors.ts';
import type {
  Blob,
  BlobWrite,
  ImageRecord,
  KubeletImage,
  Labels,
  LayerUnpack,
  LeasedImages,
  NodeImages,
} from './ports.ts';

/** A runtime in memory that passes the same conformance suite as containerd; `log` tells what was changed, in order. */
export class FakeNodeImages implements NodeImages {
  readonly blobs = new Map<string, Blob & { readonly content: Buffer }>();
  readonly records = new Map<string, ImageRecord>();
  readonly leases = new Set<string>();
  /** Chain IDs that are unpacked, all into the one snapshotter there is. */
  readonly snapshots = new Set<string>();
  readonly log: string[] = [];
  /** How often a name is asked for before the kubelet's side knows it. */
  confirmationDelay = 0;
  /** Breaks the connection before the change with this number (from 1). */
  failAtChange = Number.POSITIVE_INFINITY;

  async record(name: string): Promise<ImageRecord | undefined> {
    return this.records.get(name);
  }

  async recordsWith(label: string): Promise<readonly ImageRecord[]> {
    return [...this.records.values()].filter(({ labels }) => labels[label] !== undefined);
  }

  async addLabels(name: string, labels: Labels): Promise<void> {
    const record = this.records.get(name);
    if (record === undefined) {
      return;
    }
    this.#change(`label ${name}`);
    this.records.set(name, { ...record, labels: { ...record.labels, ...labels } });
  }

  async removeLabels(name: string, labels: readonly string[]): Promise<void> {
    const record = this.records.get(name);
    if (record === undefined) {
      return;
    }
    this.#change(`unlabel ${name}`);
    const left = Object.entries(record.labels).filter(([label]) => !labels.includes(label));
    this.records.set(name, { ...record, labels: Object.fromEntries(left) });
  }

  async kubeletImage(name: string): Promise<KubeletImage | undefined> {
    const target = this.records.get(name)?.target.digest;
    const manifest = target === undefined ? undefined : this.blobs.get(target);
    if (manifest === undefined || this.confirmationDelay-- > 0) {
      return undefined;
    }
    const id = /"config":\{[^}]*"digest":"([^"]*)"/.exec(manifest.content.toString())?.[1];
    return id === undefined ? undefined : { id, pinned: this.#isPinned(target) };
  }

  /** Under any of its names. */
  #isPinned(digest: string | undefined): boolean {
    const names = [...this.records.values()].filter(({ target }) => target.digest === digest);
    return names.some(({ labels }) => labels['io.cri-containerd.pinned'] === 'pinned');
  }

  async lease(id: string): Promise<LeasedImages> {
    this.#change(`lease ${id}`);
    this.leases.add(id);
    return {
      blobs: async (digests) => this.#found(digests),
      labelBlob: async (digest, labels) => this.#labelBlob(digest, labels),
      writeBlob: async (write) => this.#writeBlob(write),
      hasSnapshot: async (snapshotter, chainId) => this.#hasSnapshot(snapshotter, chainId),
      unpackLayer: async (unpack) => this.#unpackLayer(unpack),
      createRecord: async (record) => this.#createRecord(record),
      updateRecord: async (record) => this.#updateRecord(record),
      end: async () => {
        this.#change(`end ${id}`);
        this.leases.delete(id);
      },
    };
  }

  close(): void {}

  #found(digests: readonly Sha256Digest[]): ReadonlyMap<string, Blob> {
    return new Map([...this.blobs].filter(([digest]) => digests.some((asked) => asked === digest)));
  }

  #labelBlob(digest: Sha256Digest, labels: Labels): void {
    this.#change(`label ${digest}`);
    const blob = this.blobs.get(digest);
    if (blob === undefined) {
      throw new Error(`no blob ${digest}`);
    }
    this.blobs.set(digest, { ...blob, labels: { ...blob.labels, ...labels } });
  }

  async #writeBlob(write: BlobWrite): Promise<'written' | 'present'> {
    const { digest, sizeBytes, labels } = write;
    if (this.blobs.has(digest)) {
      return 'present';
    }
    const content = Buffer.concat(await Array.fromAsync(write.open()));
    const actual = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    if (actual !== digest || content.length !== sizeBytes) {
      throw new UserError('DigestMismatch', `the content of ${digest} is not what its digest or size says`);
    }
    // Another one may have been quicker.
    if (this.blobs.has(digest)) {
      return 'present';
    }
    this.#change(`write ${digest}`);
    this.blobs.set(digest, { digest, sizeBytes, labels, content });
    return 'written';
  }

  #hasSnapshot(snapshotter: string, chainId: string): boolean {
    if (snapshotter !== 'overlayfs') throw new Error(`there is no snapshotter ${snapshotter}`);
    return this.snapshots.has(chainId);
  }

  #unpackLayer({ snapshotter, layer, diffId, chainId, parent }: LayerUnpack): 'unpacked' | 'present' {
    if (this.#hasSnapshot(snapshotter, chainId)) {
      return 'present';
    }
    const blob = this.blobs.get(layer.digest);
    const isPlain = blob?.digest === diffId;
    if (!isPlain || (parent !== undefined && !this.snapshots.has(parent))) {
      throw new Error(`${layer.digest} cannot be unpacked on ${parent ?? 'nothing'}`);
    }
    this.#change(`unpack ${layer.digest}`);
    this.snapshots.add(chainId);
    return 'unpacked';
  }

  #createRecord(record: ImageRecord): boolean {
    if (this.records.has(record.name)) {
      return false;
    }
    this.#change(`name ${record.name}`);
    this.records.set(record.name, record);
    return true;
  }

  #updateRecord(record: ImageRecord): void {
    this.#change(`rename ${record.name}`);
    const labels = { ...this.records.get(record.name)?.labels, ...record.labels };
    this.records.set(record.name, { ...record, labels });
  }

  #change(what: string): void {
    if (this.log.length + 1 >= this.failAtChange) {
      this.failAtChange = Number.POSITIVE_INFINITY;
      throw new TransientError('ContainerdUnavailable', `connection lost before: ${what}`);
    }
    this.log.push(what);
  }
}
