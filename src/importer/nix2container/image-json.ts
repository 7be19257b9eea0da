import * as z from 'zod';
import { Sha256Digest, StorePath } from '../../api/result.ts';
import { limits } from '../limits.ts';

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
});
export type PathOptions = z.infer<typeof PathOptions>;

/** Strict here: an option that enbi does not know changes the bytes of the layer. */
export const LayerPath = z.strictObject({ path: StorePath, options: PathOptions.nullish() });
export type LayerPath = z.infer<typeof LayerPath>;

export const JsonLayer = z.looseObject({
  digest: Sha256Digest,
  size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  diff_ids: Sha256Digest,
  /** What the layer is made of when it is needed. */
  paths: z.array(LayerPath).nullish(),
  /** A file that has it. */
  'layer-path': z.string().max(4096).optional(),
  History: z.record(z.string(), z.unknown()).optional(),
});
export type JsonLayer = z.infer<typeof JsonLayer>;

/** What nix2container's buildImage leaves (nix2container: types/types.go). */
export const ImageJson = z.looseObject({
  version: z.literal(1),
  'image-config': z.record(z.string(), z.unknown()),
  layers: z.array(JsonLayer).max(limits.layers),
  /** Older versions wrote images for amd64 alone. */
  arch: z.string().max(64).default('amd64'),
  created: z.string().max(64).nullish(),
});
export type ImageJson = z.infer<typeof ImageJson>;
