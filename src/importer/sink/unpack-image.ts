import { createHash } from 'node:crypto';
import type { Sha256Digest } from '../../api/result.ts';
import { asError } from '../../errors.ts';
import { printableLine } from '../../printable.ts';
import type { LeasedImages } from '../ports.ts';
import type { Layer } from '../source/source.ts';
import { layerDescriptor, type MadeImage } from './made-image.ts';

/** How far it came. With a failure the runtime unpacks the rest by itself, when the first container is made. */
export interface Unpacked {
  readonly layersUnpacked: number;
  readonly unpackFailure?: string;
}

/**
 * Unpacks an image's layers from the bottom up, each as soon as it and all below it are there, while others are still on their
 * way. Never rejects: whatever fails, the image is as good as one that nobody unpacked.
 */
export class ImageUnpacker {
  readonly #image: MadeImage;
  readonly #images: LeasedImages;
  readonly #snapshotter: string;
  readonly #there = new Map<string, PromiseWithResolvers<boolean>>();
  #layersUnpacked = 0;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(image: MadeImage, images: LeasedImages, snapshotter: string) {
    this.#image = image;
    this.#images = images;
    this.#snapshotter = snapshotter;
    for (const { digest } of image.layers) this.#there.set(digest, Promise.withResolvers());
  }

  /** The runtime has these layers. Begins with the first call, when manifest and config are there. */
  arrived(digests: Iterable<string>): void {
    this.#running ??= this.#run();
    this.#running.catch(() => {});
    for (const digest of digests) this.#there.get(digest)?.resolve(true);
  }

  /** No more layers come: what is under way is finished, nothing else begun. */
  stop(): void {
    this.#stopped = true;
    for (const { resolve } of this.#there.values()) resolve(false);
  }

  /** When all layers have arrived, or `stop` was called. */
  async ended(): Promise<Unpacked> {
    try {
      await this.#running;
      return { layersUnpacked: this.#layersUnpacked };
    } catch (thrown) {
      return { layersUnpacked: this.#layersUnpacked, unpackFailure: textOf(thrown) };
    }
  }

  async #run(): Promise<void> {
    const { layers, config } = this.#image;
    const chain = chainIds(layers.map(({ diffId }) => diffId));
    for (let at = await this.#firstMissing(chain); at < layers.length; at++) {
      const layer = layers[at];
      const isThere = layer !== undefined && (await this.#there.get(layer.digest)?.promise);
      if (!isThere || this.#stopped) return;
      await this.#unpack(layer, chain[at] ?? '', chain[at - 1]);
    }
    const top = chain.at(-1);
    if (top !== undefined) await this.#keepWith(config.digest, top);
  }

  /** Keeps all the snapshots as long as the image. A write costs a tenth of a second: of an image that is known there is none. */
  async #keepWith(config: Sha256Digest, top: string): Promise<void> {
    const key = `containerd.io/gc.ref.snapshot.${this.#snapshotter}`;
    const found = (await this.#images.blobs([config])).get(config);
    if (found?.labels[key] !== top) await this.#images.labelBlob(config, { [key]: top });
  }

  /** From the top down: of an image that is known there is one question, of one with a new top two. */
  async #firstMissing(chain: readonly string[]): Promise<number> {
    for (let at = chain.length; at > 0; at--) {
      if (await this.#images.hasSnapshot(this.#snapshotter, chain[at - 1] ?? '')) return at;
    }
    return 0;
  }

  async #unpack(layer: Layer, chainId: string, parent: string | undefined): Promise<void> {
    const { diffId } = layer;
    const descriptor = layerDescriptor(layer);
    const unpack = { snapshotter: this.#snapshotter, layer: descriptor, diffId, chainId, parent };
    if ((await this.#images.unpackLayer(unpack)) === 'unpacked') this.#layersUnpacked += 1;
  }
}

/** What containerd calls the snapshot of each layer on all below it (OCI image-spec, config.md, Layer ChainID). */
export function chainIds(diffIds: readonly string[]): string[] {
  let below: string | undefined;
  return diffIds.map((diffId) => {
    below = below === undefined ? diffId : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`;
    return below;
  });
}

/** containerd's text may have names of the archive in it, which are a stranger's. */
function textOf(thrown: unknown): string {
  return printableLine(asError(thrown).message.replaceAll('\n', ' '), 300);
}
