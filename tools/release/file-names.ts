import type { Architecture } from '../../image/architecture.ts';
import { licensesName } from '../../image/licenses.ts';
import { completionProgram } from '../../src/plugin/complete/words.ts';

/** What the files of a release are called; the README and the guide name them. */
export function fileNames(version: string) {
  return {
    image: (architecture: Architecture) => `enbi-${version}-image-${architecture}.tar`,
    manifest: 'install.yaml',
    chart: `enbi-${version}.tgz`,
    plugin: 'kubectl-enbi',
    completion: completionProgram,
    /** The same plugin as krew wants it. */
    pluginArchive: 'kubectl-enbi.tar.gz',
    /** Of the packages whose code is in the plugin; those of an image are in the image. */
    licenses: licensesName,
    krew: 'enbi.yaml',
    sbom: `enbi-${version}.spdx.json`,
    checksums: 'SHA256SUMS',
  } as const;
}
