import { compress, type LayerCompression, sha256, type TestImage } from './images.ts';

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface ManifestWishes {
  readonly compression?: LayerCompression;
  readonly layerType?: string;
  /** Keys to add to the manifest, or to change. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** The blobs of an OCI layout, put there one by one, and its index. */
export class LayoutWriter {
  readonly files = new Map<string, Buffer>([['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')]]);

  blob(mediaType: string, content: Buffer | object): Descriptor {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = sha256(bytes);
    this.files.set(`blobs/${digest.replace(':', '/')}`, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  image({ config, layers }: TestImage, wishes: ManifestWishes = {}): Descriptor {
    const { compression = 'none', layerType = types.layer, more = {} } = wishes;
    return this.blob(types.manifest, {
      schemaVersion: 2,
      config: this.blob(types.config, config),
      layers: layers.map((layer) => this.blob(layerType, compress(layer, compression))),
      ...more,
    });
  }

  /** A signature, attestation or the like: of some type, with a layer that is none. */
  artifact(more: Readonly<Record<string, unknown>>, layerType = 'application/octet-stream'): Descriptor {
    const empty = this.blob('application/vnd.oci.empty.v1+json', {});
    const layers = [this.blob(layerType, Buffer.from(`signed ${this.files.size}`))];
    return this.blob(types.manifest, { schemaVersion: 2, config: empty, layers, ...more });
  }

  of(...manifests: readonly object[]): Map<string, Buffer> {
    return new Map([...this.files, ['index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }))]]);
  }
}
