import type { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import type { ImageName } from '../../image-name/image-name.ts';
import type { Blob, Labels, LeasedImages } from '../ports.ts';
import type { Progress } from '../progress.ts';
import type { Layer } from '../source/source.ts';
import { verifiedContent } from '../source/verified-content.ts';
import { contentLabels, referenceLabels, sourceLabels } from './blob-labels.ts';
import type { Document, MadeImage } from './made-image.ts';

export interface Sent {
  readonly layersSent: number;
  readonly bytesSent: number;
}

/**
 * Manifest and config first: under the lease, the manifest's labels protect every layer from its first byte on, which
 * leasing each of them would cost a write apiece. Layers the runtime has are not read.
 */
export async function sendBlobs(
  image: MadeImage,
  name: ImageName,
  { images, progress }: { images: LeasedImages; progress: Progress },
): Promise<Sent> {
  const sender = new Sender(images, name);
  await sender.sendDocument(image.manifest, referenceLabels(image));
  await sender.sendDocument(image.config, {});
  for (const layer of inReadingOrder(image.layers)) {
    await sender.sendLayer(layer, progress);
    progress.layerDone(layer);
  }
  return sender.sent;
}

/** A layer may stand in an image twice; it is one blob. */
function inReadingOrder(layers: readonly Layer[]): Layer[] {
  const unique = new Map(layers.map((layer) => [layer.digest, layer]));
  return [...unique.values()].toSorted((left, right) => left.position - right.position);
}

class Sender {
  readonly sent = { layersSent: 0, bytesSent: 0 };
  readonly #images: LeasedImages;
  readonly #name: ImageName;

  constructor(images: LeasedImages, name: ImageName) {
    this.#images = images;
    this.#name = name;
  }

  async sendDocument({ digest, sizeBytes, bytes }: Document, labels: Labels): Promise<void> {
    if (await this.#isThere(digest, sizeBytes, labels)) {
      return;
    }
    async function* open() {
      yield bytes;
    }
    const wanted = { ...sourceLabels(this.#name, {}), ...labels };
    const outcome = await this.#images.writeBlob({ digest, sizeBytes, labels: wanted, open });
    await this.#afterWrite(outcome, { digest, sizeBytes }, labels);
  }

  async sendLayer(layer: Layer, progress: Progress): Promise<void> {
    const { digest, sizeBytes } = layer;
    if (await this.#isThere(digest, sizeBytes, {})) {
      return;
    }
    async function* open() {
      progress.layerBegins();
      for await (const chunk of verifiedContent(layer)) {
        progress.bytes(chunk.length);
        yield chunk;
      }
    }
    const labels = contentLabels(layer);
    const wanted = { ...sourceLabels(this.#name, {}), ...labels };
    const outcome = await this.#images.writeBlob({ digest, sizeBytes, labels: wanted, open });
    if (outcome === 'written') {
      this.sent.layersSent += 1;
    }
    await this.#afterWrite(outcome, layer, labels);
  }

  async #afterWrite(outcome: 'written' | 'present', blob: Pick<Blob, 'digest' | 'sizeBytes'>, labels: Labels) {
    if (outcome === 'written') {
      this.sent.bytesSent += blob.sizeBytes;
    } else {
      // Another importer finished it meanwhile, with its own labels.
      await this.#isThere(blob.digest, blob.sizeBytes, labels);
    }
  }

  /** Whether the runtime has the blob; if so, it has our labels too afterwards. */
  async #isThere(digest: Sha256Digest, sizeBytes: number, labels: Labels): Promise<boolean> {
    const blob = await this.#images.blob(digest);
    if (blob === undefined) {
      return false;
    }
    if (blob.sizeBytes !== sizeBytes) {
      const problem = `the archive gives ${digest} ${sizeBytes} bytes, it has ${blob.sizeBytes}`;
      throw new UserError('DigestMismatch', problem);
    }
    const wanted = Object.entries({ ...sourceLabels(this.#name, blob.labels), ...labels });
    const missing = wanted.filter(([key, value]) => blob.labels[key] !== value);
    if (missing.length > 0) {
      await this.#images.labelBlob(digest, Object.fromEntries(missing));
    }
    return true;
  }
}
