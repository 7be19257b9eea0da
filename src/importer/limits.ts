const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

/**
 * What an archive may ask of the node. Far above what images are, far below what hurts: archives are made by strangers.
 */
export const limits = {
  /** Members of an archive; an image has three or so for each layer. */
  entries: 4096,
  /** Linux' own limit for a path. */
  nameBytes: 4096,
  /** From one member to the file that it stands for. The kernel follows as many. */
  links: 40,
  /** What stands before one member because its header is too small for it, and before all of them. */
  attributeBytes: mebibyte,
  allAttributesBytes: 16 * mebibyte,
  /** Zeros that fill up the last record after the end of an archive: tar's records are 10 KiB, a tape's rarely more than 1 MiB. */
  paddingBytes: 16 * mebibyte,
  /** The Linux kernel's overlay would take more, Docker never did. */
  layers: 127,
  /** One manifest, config or index. */
  documentBytes: 4 * mebibyte,
  /** Lists and objects inside each other in a document; an image's config has four levels. */
  documentDepth: 64,
  /** Labels, volumes, ports of a config: each. */
  configEntries: 4096,
  /** Uncompressed content of an image, and of a compressed archive. */
  contentBytes: 64 * gibibyte,
  /** Output of a decompression beyond this must not be more than `ratio` times its input. */
  unquestionedBytes: gibibyte,
  ratio: 200,
  /** Frames of Zstandard data, of which each is a step of its own: zstd:chunked has one for each file or two, pzstd few. */
  frames: 1_000_000,
  /** Indexes inside indexes. */
  indexDepth: 4,
  /** Indexes in one archive; there is one for each group of platforms. */
  indexes: 64,
  /** Manifests in one archive that may be the image for a system, of which each is read; beside an image lie its signatures. */
  candidates: 32,
  /** Of what lies in a directory that is no image itself, to find the one that is. */
  directoryNames: 64,
  /** Of a store path that the importer makes a layer of: files, and how deep directories may lie. */
  treeEntries: 2_000_000,
  treeDepth: 256,
  /** Files of one layer of nix2container, which have to be known all at once. */
  mergedEntries: 500_000,
} as const;
