import type { Sha256Digest } from '../../api/result.ts';
import type { Compression } from './compression.ts';
import type { ImageConfig } from './image-config.ts';
import type { SpareChunks } from './spare-memory.ts';

/** One image, wherever it comes from. What is sent to the runtime is worked out from this alone. */
export interface Source extends AsyncDisposable {
  readonly config: ImageConfig;
  /** From the bottom up, as many as the config has diff_ids. */
  readonly layers: readonly Layer[];
  /** Whether layers can be read at the same time. Otherwise: one after the other. */
  readonly sideBySide?: boolean;
}

export interface Layer {
  /** `made`: of store paths, each time it is opened; `read`: from a file that has it. */
  readonly origin: 'made' | 'read';
  /** What an archive calls it. */
  readonly name?: string | undefined;
  /** Of the bytes `open` gives, which is how the runtime keeps them. */
  readonly digest: Sha256Digest;
  /** Of the uncompressed content, as the config says. */
  readonly diffId: Sha256Digest;
  readonly sizeBytes: number;
  readonly compression: Compression;
  /** Layers are read cheapest in this order. */
  readonly position: number;
  /** Unverified: an archive can say what it likes. The runtime holds it against the digest. */
  open(): SpareChunks;
}
