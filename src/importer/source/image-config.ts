import * as z from 'zod';
import { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { checkConfigFields } from './config-fields.ts';
import { goList, goText } from './go-json.ts';
import { parseStrictJson } from './strict-json.ts';

/** The part of an image's config enbi looks at; the rest passes through as it is (OCI image-spec, config.md). */
const ImageConfig = z.looseObject({
  os: goText(64),
  architecture: goText(64),
  variant: z
    .string()
    .max(64)
    .nullish()
    .transform((variant) => variant ?? undefined),
  config: z.looseObject({ Labels: z.record(z.string(), goText(limits.documentBytes)).nullish() }).nullish(),
  rootfs: z
    .looseObject({
      type: z
        .enum(['layers', ''])
        .nullish()
        .transform(() => 'layers'),
      diff_ids: goList(Sha256Digest),
    })
    .nullish()
    .transform((rootfs) => rootfs ?? { type: 'layers', diff_ids: [] }),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

/** Which of several it is, before all of it is looked at. */
export const ConfigPlatform = z.looseObject({ os: goText(64), architecture: goText(64), variant: goText(64) });

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
export const reservedLabels = ['containerd.io/', 'io.containerd.', 'io.cri-containerd', 'io.kubernetes.', 'nerdctl/'];

function refuseReservedLabels(config: ImageConfig): void {
  for (const key of Object.keys(config.config?.Labels ?? {})) {
    const prefix = reservedLabels.find((prefix) => key.toLowerCase().startsWith(prefix));
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
