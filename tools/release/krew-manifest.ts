import { stringify } from 'yaml';

export interface PublishedPlugin {
  readonly version: string;
  /** Of the directory that has the files of the release. */
  readonly url: string;
  readonly archive: string;
  readonly sha256: string;
}

/** For `kubectl krew install --manifest-url`; https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
export function krewManifest({ version, url, archive, sha256 }: PublishedPlugin): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'enbi' },
    spec: {
      version: `v${version}`,
      shortDescription: 'Build Nix flakes into images, and see why a Pod waits',
      description:
        'Asks enbi, an operator that builds Nix flakes into images in the cluster, for a build, follows it, explains why a Pod or a build waits, and looks whether the cluster is well.\n',
      caveats:
        'It needs Node 24 or later: the program `node` in PATH.\nTo complete its lines, kubectl needs `kubectl_complete-enbi` of the same release in PATH.\n',
      platforms: [
        {
          selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['darwin', 'linux'] }] },
          uri: `${url.replace(/\/$/, '')}/${archive}`,
          sha256,
          bin: 'kubectl-enbi',
        },
      ],
    },
  });
}
