import * as z from 'zod';
import { ceilings } from './ceilings.ts';
import { reasons } from './reasons.ts';

/**
 * What enbi's own Jobs hand back: small JSON in the container's termination message (the kubelet keeps 4096 bytes).
 * Build Pods run in tenants' namespaces, so a result is a stranger's text until it has passed these schemas.
 */
const printable = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\P{Cc}\n\t]*$/u);

/** A store path's base: 32 base-32 characters (Nix' alphabet, without e, o, u, t), a dash, a name. */
export const StorePath = z
  .string()
  .max(255)
  .regex(/^\/nix\/store\/[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9a-zA-Z+\-_?=][0-9a-zA-Z+\-._?=]*$/)
  .brand<'StorePath'>();
export type StorePath = z.infer<typeof StorePath>;

export const Sha256Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .brand<'Sha256Digest'>();
export type Sha256Digest = z.infer<typeof Sha256Digest>;

const count = z.number().int().min(0).max(ceilings.reportedCount.value);
/** No disk of a node's is so large: what says so is a forgery, and would stand in columns that people go by. */
const bytes = z.number().int().min(0).max(ceilings.reportedBytes.value);

/** Why a stage failed. `retry`: infrastructure is at fault, the controller tries again by itself. */
export const StageFailure = z.strictObject({
  ok: z.literal(false),
  reason: z.enum(reasons),
  retry: z.boolean(),
  message: printable(1024),
  derivation: printable(300).optional(),
  logTail: printable(2048).optional(),
});
export type StageFailure = z.infer<typeof StageFailure>;

export const FetchSuccess = z.strictObject({ ok: z.literal(true), lockedUrl: printable(2048) });
export type FetchSuccess = z.infer<typeof FetchSuccess>;

/**
 * `format` is a hint for how to import, never trusted: the importer looks for itself. Of a stream script that cannot be read
 * `outPath` is the archive that it wrote.
 */
export const BuildSuccess = z.strictObject({
  ok: z.literal(true),
  drvPath: StorePath,
  outPath: StorePath,
  format: z.enum(['archive', 'script', 'directory']),
  /** `outPath` is a stream script, and `drvPath` makes an archive of what it writes, which was not built. */
  archive: z.literal('skipped').optional(),
  /** Packages of the same flake and system that are images, when this one may be none. */
  imagesBeside: z
    .array(z.string().regex(/^[\w"'+.-]{1,110}$/))
    .max(5)
    .optional(),
  /** Counts of this run: what a warm store saves. */
  derivationsBuilt: count,
  pathsCopied: count,
  bytesCopied: bytes,
  storeSizeBytes: bytes,
  storeFreeBytes: bytes,
});
export type BuildSuccess = z.infer<typeof BuildSuccess>;

export const ImportSuccess = z.strictObject({
  ok: z.literal(true),
  imageDigest: Sha256Digest,
  /** Bytes of the manifest, the config and all layers. */
  imageSize: bytes,
  layers: count,
  layersSent: count,
  bytesSent: bytes,
  /** From the store: of layers that the runtime has, nothing. */
  bytesRead: bytes.optional(),
  /** Of a stream script: read instead of run, or run since enbi does not know its kind. */
  script: z.enum(['read', 'run']).optional(),
  /** Where the order asked for it. With a failure the runtime unpacks the rest when it makes the first container. */
  layersUnpacked: count.optional(),
  unpackFailure: printable(300).optional(),
});
export type ImportSuccess = z.infer<typeof ImportSuccess>;

export const PrepareSuccess = z.strictObject({ ok: z.literal(true), storeSizeBytes: bytes, storeFreeBytes: bytes });
export type PrepareSuccess = z.infer<typeof PrepareSuccess>;

export const RemoveSuccess = z.strictObject({ ok: z.literal(true), filesRemoved: count });
export type RemoveSuccess = z.infer<typeof RemoveSuccess>;

export const FetchResult = z.discriminatedUnion('ok', [FetchSuccess, StageFailure]);
export const BuildResult = z.discriminatedUnion('ok', [BuildSuccess, StageFailure]);
export const ImportResult = z.discriminatedUnion('ok', [ImportSuccess, StageFailure]);
export const PrepareResult = z.discriminatedUnion('ok', [PrepareSuccess, StageFailure]);
export const RemoveResult = z.discriminatedUnion('ok', [RemoveSuccess, StageFailure]);
export type FetchResult = z.infer<typeof FetchResult>;
export type BuildResult = z.infer<typeof BuildResult>;
export type ImportResult = z.infer<typeof ImportResult>;
export type PrepareResult = z.infer<typeof PrepareResult>;
export type RemoveResult = z.infer<typeof RemoveResult>;

/** Exit codes of `enbi fetch|build|import|store`; the JSON above says the rest. */
export const exitCode = { ok: 0, userFailure: 10, transientFailure: 11, internalFailure: 12 } as const;
