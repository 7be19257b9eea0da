import { gzipSync, zstdCompressSync } from 'node:zlib';
import { aLayer, compress, type LayerCompression, sha256 } from '../support/images.ts';
import { archive, member } from '../support/tar-writer.ts';
import { describedImage } from './described-image.ts';
import { Random } from './random.ts';
import type { AnyRecipe, Item, Json, Piece, Recipe, Stage, Stages } from './recipe.ts';
import { archiveRecipes, layerRecipes, packedRecipes } from './recipes/bytes.ts';
import { describedRecipes } from './recipes/described.ts';
import { directoryRecipes } from './recipes/directory.ts';
import { configRecipes, indexRecipes, manifestRecipes } from './recipes/json.ts';
import { pieceRecipes } from './recipes/pieces.ts';
import { confRecipes, storeRecipes, wrapperRecipes } from './recipes/stream.ts';
import { textRecipes } from './recipes/text.ts';
import { streamScript } from './stream-script.ts';

const formats = [
  'docker',
  'docker, gzip',
  'docker, zstd',
  'OCI',
  'OCI, gzip',
  'OCI directory',
  'skopeo directory',
  'stream script',
  'nix2container',
] as const;
type Format = (typeof formats)[number];

export interface HostileImage {
  readonly seed: number;
  /** What was done to which format. */
  readonly story: string;
  /** A file, or the files of a directory. */
  readonly output: Buffer | ReadonlyMap<string, Item>;
  /** What lies beside it in the store, by path. */
  readonly beside?: ReadonlyMap<string, Item>;
}

const every: readonly AnyRecipe[] = [
  ...configRecipes,
  ...textRecipes,
  ...layerRecipes,
  ...manifestRecipes,
  ...indexRecipes,
  ...pieceRecipes,
  ...archiveRecipes,
  ...packedRecipes,
  ...directoryRecipes,
  ...confRecipes,
  ...wrapperRecipes,
  ...storeRecipes,
  ...describedRecipes,
];

/** The same for the same seed; every recipe has its turn. Of one in forty nothing is spoilt: it must be loaded. */
export function hostileImage(seed: number): HostileImage {
  const random = new Random(seed);
  const first = every[seed % every.length];
  const format = random.pick(formats.filter((format) => first === undefined || fits(first.stage, format)));
  const fitting = every.filter(({ stage }) => fits(stage, format));
  const others = Array.from({ length: random.pick([0, 0, 0, 1, 2]) }, () => random.pick(fitting));
  const chosen = first === undefined || random.chance(0.025) ? [] : [first, ...others];
  const made = new Maker(random, chosen).make(format);
  return { seed, story: `${format}; ${chosen.map(({ name }) => name).join('; ') || 'nothing spoilt'}`, ...made };
}

/** Of the formats that are no archive. */
const stagesOf: { readonly [F in Format]?: readonly Stage[] } = {
  'stream script': ['conf', 'confText', 'wrapper', 'store', 'layer'],
  nix2container: ['described', 'describedText', 'store', 'layer'],
};
const foreign = new Set(Object.values(stagesOf).flat());

function fits(stage: Stage, format: Format): boolean {
  const own = stagesOf[format];
  if (own !== undefined) return own.includes(stage);
  if (foreign.has(stage)) return stage === 'layer';
  if (stage === 'index' || stage === 'indexText') return format.startsWith('OCI');
  if (stage === 'packed') return format.includes(',');
  const isDirectory = format.endsWith(' directory');
  return stage === 'directory' ? isDirectory : !isDirectory || !['pieces', 'archive'].includes(stage);
}

class Maker {
  readonly #random: Random;
  readonly #recipes: readonly AnyRecipe[];

  constructor(random: Random, recipes: readonly AnyRecipe[]) {
    this.#random = random;
    this.#recipes = recipes;
  }

  make(format: Format): Pick<HostileImage, 'output' | 'beside'> {
    if (format !== 'stream script' && format !== 'nix2container') return { output: this.#archive(format) };
    const make = format === 'stream script' ? streamScript : describedImage;
    const { main, beside } = make(this.#random, (stage, value) => this.#spoilt(stage, value));
    return { output: main, beside };
  }

  #archive(format: Exclude<Format, 'stream script' | 'nix2container'>): HostileImage['output'] {
    if (format === 'skopeo directory') return this.#spoilt('directory', this.#skopeoFiles());
    const isOci = format.startsWith('OCI');
    const pieces = isOci ? this.#ociPieces() : this.#dockerPieces();
    if (format === 'OCI directory') {
      const files = new Map(pieces.map(({ fields, content }): [string, Item] => [fields.name, content]));
      return this.#spoilt('directory', files);
    }
    const bytes = this.#spoilt('archive', archive(...this.#spoilt('pieces', pieces).map(written)));
    if (!format.includes(',')) return bytes;
    return this.#spoilt('packed', format.endsWith('gzip') ? gzipSync(bytes) : zstdCompressSync(bytes));
  }

  #dockerPieces(): Piece[] {
    const layers = this.#layers('none').map(({ blob }, at) => piece(`${at}${'abcdef'.repeat(10)}/layer.tar`, blob));
    const config = piece('config.json', this.#config(layers.map(({ content }) => sha256(content))));
    const named = layers.map(({ fields }) => fields.name);
    const manifest = [{ Config: 'config.json', RepoTags: ['registry.k8s.io/pause:3.10'], Layers: named }];
    return [...layers, config, piece('manifest.json', this.#document('manifest', 'manifestText', manifest))];
  }

  /** The manifest for itself, and blobs by their digests. */
  #skopeoFiles(): ReadonlyMap<string, Item> {
    const { manifest, blobs } = this.#ociImage();
    const named = blobs.map((blob): [string, Item] => [sha256(blob).slice('sha256:'.length), blob]);
    return new Map<string, Item>([['version', Buffer.from('1.1')], ['manifest.json', manifest], ...named]);
  }

  #ociPieces(): Piece[] {
    const { manifest, blobs } = this.#ociImage();
    const index = this.#document('index', 'indexText', {
      schemaVersion: 2,
      manifests: [
        { ...descriptor('manifest.v1+json', manifest), platform: { os: 'linux', architecture: 'amd64' } },
        { ...descriptor('manifest.v1+json', manifest), platform: { os: 'linux', architecture: 's390x' } },
      ],
    });
    const named = [...blobs, manifest].map((blob) => piece(pathOf(blob), blob));
    return [piece('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')), piece('index.json', index), ...named];
  }

  #ociImage(): { readonly manifest: Buffer; readonly blobs: readonly Buffer[] } {
    const layers = this.#layers(this.#random.pick(['none', 'gzip', 'zstd'] as const));
    const config = this.#config(layers.map(({ diffId }) => diffId));
    const manifest = this.#document('manifest', 'manifestText', {
      schemaVersion: 2,
      config: descriptor('config.v1+json', config),
      layers: layers.map(({ blob }) => descriptor('layer.v1.tar+gzip', blob)),
    });
    return { manifest, blobs: [...layers.map(({ blob }) => blob), config] };
  }

  #layers(compression: LayerCompression): { diffId: string; blob: Buffer }[] {
    return Array.from({ length: 1 + this.#random.below(3) }, () => {
      const layer = aLayer({ 'etc/file': this.#random.bytes(this.#random.below(1500)) });
      return { diffId: sha256(layer), blob: this.#spoilt('layer', compress(layer, compression)) };
    });
  }

  #config(diffIds: readonly string[]): Buffer {
    return this.#document('config', 'configText', {
      architecture: 'amd64',
      os: 'linux',
      created: '1970-01-01T00:00:01Z',
      config: { Cmd: ['/bin/true'], Env: ['A=1'], Labels: { a: 'b' } },
      rootfs: { type: 'layers', diff_ids: [...diffIds] },
      history: [{ created: '1970-01-01T00:00:01Z', created_by: 'hand' }],
    });
  }

  #document<S extends 'config' | 'manifest' | 'index'>(stage: S, textStage: `${S}Text`, value: Json): Buffer {
    const text = Buffer.from(JSON.stringify(this.#spoilt<'config' | 'manifest' | 'index'>(stage, value)));
    return this.#spoilt<'configText' | 'manifestText' | 'indexText'>(textStage, text);
  }

  #spoilt<S extends Stage>(stage: S, value: Stages[S]): Stages[S] {
    const fitting = this.#recipes.filter((recipe): recipe is AnyRecipe & Recipe<S> => recipe.stage === stage);
    return fitting.reduce<Stages[S]>((spoilt, recipe) => recipe.spoil(spoilt, this.#random), value);
  }
}

function piece(name: string, content: Buffer): Piece {
  return { fields: { name }, content };
}

function written({ fields, content, raw }: Piece): Buffer {
  return raw ?? member(fields, content);
}

function descriptor(kind: string, blob: Buffer) {
  return { mediaType: `application/vnd.oci.image.${kind}`, digest: sha256(blob), size: blob.length };
}

function pathOf(blob: Buffer): string {
  return `blobs/${sha256(blob).replace(':', '/')}`;
}
