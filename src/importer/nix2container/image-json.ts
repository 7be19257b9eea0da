import * as z from 'zod';
import { Sha256Digest, StorePath } from '../../api/result.ts';
import { limits } from '../limits.ts';
import { goCount, goList, goText } from '../source/go-json.ts';

const Mode = z.string().regex(/^[0-7]{0,5}$/);
const Id = z.number().int().min(0).max(0xffffffff);

const Perm = z.strictObject({
  regex: z.string().max(1024),
  mode: Mode.default(''),
  orMode: Mode.optional(),
  uid: Id.default(0),
  gid: Id.default(0),
  uname: z.string().max(255).default(''),
  gname: z.string().max(255).default(''),
});
export type Perm = z.infer<typeof Perm>;

export const PathOptions = z.strictObject({
  rewrite: z.strictObject({ regex: z.string().max(1024), repl: z.string().max(1024) }).optional(),
  perms: z.array(Perm).max(1000).nullish(),
  ignoreDestination: z.string().max(1024).optional(),
});
export type PathOptions = z.infer<typeof PathOptions>;

/** Strict here: an option that enbi does not know changes the bytes of the layer. */
export const LayerPath = z.strictObject({ path: StorePath, options: PathOptions.nullish() });
export type LayerPath = z.infer<typeof LayerPath>;

export const JsonLayer = z.looseObject({
  digest: Sha256Digest,
  /** 0 of a layer that lies in a file: not told. */
  size: goCount(),
  diff_ids: Sha256Digest,
  /** What the layer is made of when it is needed. */
  paths: z.array(LayerPath).nullish(),
  /** A file that has it. */
  'layer-path': goText(4096),
  History: z.record(z.string(), z.unknown()).nullish(),
});
export type JsonLayer = z.infer<typeof JsonLayer>;

/** What nix2container's buildImage leaves (nix2container: types/types.go). */
export const ImageJson = z.looseObject({
  version: z.literal(1),
  'image-config': z.record(z.string(), z.unknown()).nullish(),
  layers: goList(JsonLayer, limits.layers),
  /** Older versions wrote images for amd64 alone. */
  arch: z
    .string()
    .max(64)
    .nullish()
    .transform((arch) => arch ?? 'amd64'),
  created: z.string().max(64).nullish(),
});
export type ImageJson = z.infer<typeof ImageJson>;
