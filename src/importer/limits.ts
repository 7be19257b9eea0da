const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

/**
 * What an archive may ask of the node. Far above what images are, far below what hurts: archives are made by strangers.
 */
export const limits = {
  /** Members of an archive; an image has three or so for each layer. */
  entries: 4096,
  /** The Linux kernel's overlay would take more, Docker never did. */
  layers: 127,
  /** One manifest, config or index. */
  documentBytes: 4 * mebibyte,
  /** Uncompressed content of an image, and of a compressed archive. */
  contentBytes: 64 * gibibyte,
  /** Output of a decompression beyond this must not be more than `ratio` times its input. */
  unquestionedBytes: gibibyte,
  ratio: 200,
  /** Indexes inside indexes. */
  indexDepth: 4,
  /** What a stream script may write, and for how long. */
  stagedBytes: 32 * gibibyte,
  stagedSeconds: 1800,
  /** Without a byte of output; the script hashes a whole layer before it writes it. */
  stagedSilentSeconds: 600,
} as const;
