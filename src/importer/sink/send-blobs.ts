import type { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import type { ImageName } from '../../image-name/image-name.ts';
import type { Blob, Labels, LeasedImages } from '../ports.ts';
import type { Progress } from '../progress.ts';
import type { Layer } from '../source/source.ts';
import { free } from '../source/spare-memory.ts';
import { proveContent, verifiedContent } from '../source/verified-content.ts';
import { contentLabels, isKnownToUnpackTo, referenceLabels, sourceLabels } from './blob-labels.ts';
import type { Document, MadeImage } from './made-image.ts';

export interface Sent {
  readonly layersSent: number;
  readonly bytesSent: number;
}

export interface SendDeps {
  readonly images: LeasedImages;
  readonly progress: Progress;
  /** Whether layers can be read at the same time; otherwise they are in the order of their positions. */
  readonly sideBySide: boolean;
  /** Hears which layers the runtime has: first of those it had when manifest and config were there, then of each. */
  readonly arrived?: (digests: Iterable<string>) => void;
}

/** Two keep the runtime busy: while it hashes the bytes of one, those of the other are read. A third gains nothing. */
const writers = 2;

/**
 * Manifest and config first: under the lease, the manifest's labels protect every layer from its first byte on, which
 * leasing each of them would cost a write apiece. Only then is looked what is there, for that cannot go any more. Layers the
 * runtime has are not read.
 */
export async function sendBlobs(image: MadeImage, name: ImageName, deps: SendDeps): Promise<Sent> {
  const sender = new Sender(deps, name);
  const documents = [
    { blob: image.manifest, labels: referenceLabels(image) },
    { blob: image.config, labels: {} },
  ];
  await Promise.all(documents.map((document) => sender.sendDocument(document)));
  const layers = inReadingOrder(image.layers);
  const wanted = [...documents, ...layers.map((blob) => ({ blob, labels: {} }))];
  const there = await sender.label(wanted);
  const missing = layers.filter(({ digest }) => !there.has(digest));
  const unread = layers.filter(
    (layer) => missing.includes(layer) || !isKnownToUnpackTo(there.get(layer.digest), layer),
  );
  deps.arrived?.(layers.filter((layer) => !unread.includes(layer)).map(({ digest }) => digest));
  deps.progress.begins(layers.length - missing.length, missing);
  await sideBySide(deps.sideBySide ? writers : 1, unread, async (layer) => {
    await (there.has(layer.digest) ? sender.proveLayer(layer) : sender.sendLayer(layer));
    deps.arrived?.([layer.digest]);
  });
  return sender.sent;
}

/** A layer may stand in an image twice; it is one blob. */
function inReadingOrder(layers: readonly Layer[]): Layer[] {
  const unique = new Map(layers.map((layer) => [layer.digest, layer]));
  return [...unique.values()].toSorted((left, right) => left.position - right.position);
}

/** Begins in order. After a failure nothing is begun any more, and what was begun has ended when this rejects. */
async function sideBySide<T>(count: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of left) {
      if (failures.length > 0) return;
      await work(item).catch((thrown: unknown) => void failures.push(thrown));
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
  if (failures.length > 0) throw failures[0];
}

interface Wanted {
  readonly blob: Pick<Blob, 'digest' | 'sizeBytes'>;
  /** Beside where it can be had. */
  readonly labels: Labels;
}

class Sender {
  readonly sent = { layersSent: 0, bytesSent: 0 };
  readonly #images: LeasedImages;
  readonly #progress: Progress;
  readonly #name: ImageName;

  constructor({ images, progress }: SendDeps, name: ImageName) {
    this.#images = images;
    this.#progress = progress;
    this.#name = name;
  }

  async sendDocument({ blob, labels }: { blob: Document; labels: Labels }): Promise<void> {
    const { digest, sizeBytes, bytes } = blob;
    async function* open() {
      yield bytes;
    }
    const wanted = { ...sourceLabels(this.#name, {}), ...labels };
    if ((await this.#images.writeBlob({ digest, sizeBytes, labels: wanted, open })) === 'written') {
      this.sent.bytesSent += sizeBytes;
    }
  }

  async sendLayer(layer: Layer): Promise<void> {
    const { digest, sizeBytes } = layer;
    const progress = this.#progress;
    async function* open() {
      progress.layerBegins(layer);
      for await (const chunk of verifiedContent(layer)) {
        progress.bytes(layer, chunk.length);
        yield chunk;
      }
    }
    const labels = contentLabels(layer);
    const wanted = { ...sourceLabels(this.#name, {}), ...labels };
    const outcome = await this.#images.writeBlob({ digest, sizeBytes, labels: wanted, open, spent: free });
    if (outcome === 'written') {
      this.sent.layersSent += 1;
      this.sent.bytesSent += sizeBytes;
    } else {
      // Another importer finished it meanwhile, with its own labels.
      await this.proveLayer(layer);
    }
    progress.layerDone(layer);
  }

  /**
   * The runtime has it, and unpacks to what it was told: the config's diff_ids name the unpacked layers that a container gets,
   * another image's among them. So a claim about a compressed layer is taken from who has its content alone. What is on the blob
   * already stays, also where it is wrong: it is another tenant's blob as well.
   */
  async proveLayer(layer: Layer): Promise<void> {
    const found = (await this.#images.blobs([layer.digest])).get(layer.digest);
    if (!isKnownToUnpackTo(found, layer)) await proveContent(layer);
    await this.label([{ blob: layer, labels: contentLabels(layer) }]);
  }

  /** Which of them the runtime has; those have our labels too afterwards. */
  async label(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, Blob>> {
    const there = await this.#images.blobs(wanted.map(({ blob }) => blob.digest));
    const unlabelled = wanted.flatMap((one) => {
      const blob = there.get(one.blob.digest);
      return blob === undefined ? [] : this.#missingLabels(one, blob);
    });
    await Promise.all(unlabelled.map(({ digest, labels }) => this.#images.labelBlob(digest, labels)));
    return there;
  }

  #missingLabels({ blob, labels }: Wanted, found: Blob): { digest: Sha256Digest; labels: Labels }[] {
    const { digest, sizeBytes } = blob;
    if (found.sizeBytes !== sizeBytes) {
      // Not the size it has: whoever knows no more than a digest learns nothing of the content.
      const problem = `${digest} does not have the ${sizeBytes} bytes that the archive says`;
      throw new UserError('DigestMismatch', problem);
    }
    // The only label that grows: all others are never written over.
    const source = Object.entries(sourceLabels(this.#name, found.labels));
    const missing = [
      ...source.filter(([key, value]) => found.labels[key] !== value),
      ...Object.entries(labels).filter(([key]) => found.labels[key] === undefined),
    ];
    return missing.length === 0 ? [] : [{ digest, labels: Object.fromEntries(missing) }];
  }
}
