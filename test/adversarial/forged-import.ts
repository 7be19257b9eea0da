/** What an import would say that has come to an end, and loaded what there is not. */
export const forgedImport = {
  ok: true,
  imageDigest: `sha256:${'f'.repeat(64)}`,
  imageSize: 1,
  layers: 1,
  layersSent: 1,
  bytesSent: 1,
} as const;
