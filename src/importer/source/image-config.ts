import * as z from 'zod';
import { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { checkConfigFields } from './config-fields.ts';
import { parseStrictJson } from './strict-json.ts';

/** The part of an image's config enbi looks at; the rest passes through as it is (OCI image-spec, config.md). */
const ImageConfig = z.looseObject({
  os: z.string().max(64).default(''),
  architecture: z.string().max(64).default(''),
  variant: z.string().max(64).optional(),
  config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(Sha256Digest) }),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

export function parseImageConfig(bytes: Buffer): ImageConfig {
  const config = parseDocument(ImageConfig, 'the image config', bytes);
  checkConfigFields(config);
  refuseReservedLabels(config);
  return config;
}

/**
 * Labels that containerd or the kubelet's runtime act upon. A container inherits its image's labels, and containerd's
 * restart monitor, for one, runs a program on the host that a label names.
 */
const reserved = ['containerd.io/', 'io.containerd.', 'io.cri-containerd', 'io.kubernetes.', 'nerdctl/'];

function refuseReservedLabels(config: ImageConfig): void {
  for (const key of Object.keys(config.config?.Labels ?? {})) {
    const prefix = reserved.find((prefix) => key.toLowerCase().startsWith(prefix));
    if (prefix !== undefined) {
      const problem = `the image config has a label ${key.slice(0, 100)}; labels beginning with ${prefix} are the runtime's own`;
      throw new UserError('ReservedLabel', `${problem}, remove it`);
    }
  }
}

/** Throws UserError `InvalidArchive` naming the document and the first thing wrong in it. */
export function parseDocument<T>(schema: z.ZodType<T>, what: string, bytes: Buffer): T {
  const parsed = schema.safeParse(parseStrictJson(what, bytes));
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  const place = issue?.path.join('.').slice(0, 200) || 'its top level';
  throw new UserError('InvalidArchive', `${what} is malformed at ${place}: ${issue?.message}`, { cause: parsed.error });
}
