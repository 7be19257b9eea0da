import * as z from 'zod';
import { StorePath } from '../../api/result.ts';
import { limits } from '../limits.ts';
import { parseMoment } from './moment.ts';

const Moment = z.union([z.literal('now'), z.string().refine((text) => parseMoment(text) !== undefined)]);

/** Written as text by some versions of nixpkgs, as a number by others. */
const Digits = z
  .string()
  .regex(/^\d{1,10}$/)
  .transform(Number);
const Id = z.union([z.number(), Digits]).pipe(z.number().int().min(0).max(0xffffffff));

const Account = z
  .string()
  .max(32)
  .regex(/^[\x21-\x7e]+$/);

/**
 * What nixpkgs' streamLayeredImage leaves for its script (nixpkgs: pkgs/build-support/docker). Strict: a key that enbi does
 * not know may mean another layout, and then the script is run.
 */
export const StreamConf = z.strictObject({
  architecture: z.string().max(64),
  os: z.literal('linux').optional(),
  config: z.record(z.string(), z.unknown()),
  created: Moment,
  /** Older versions do not have it: `created` was the files' time as well. */
  mtime: Moment.optional(),
  /** Older versions do not have these: everything was root's. */
  uid: Id.default(0),
  gid: Id.default(0),
  uname: Account.default('root'),
  gname: Account.default('root'),
  store_dir: z.literal('/nix/store'),
  /** From the bottom up. */
  store_layers: z.array(z.array(StorePath)).max(limits.layers),
  customisation_layer: StorePath,
  from_image: StorePath.nullable(),
  /** Left unread: the order names the image. */
  repo_tag: z.string(),
});
export type StreamConf = z.infer<typeof StreamConf>;
