import { createHash } from 'node:crypto';
import { aheadAnnotation, apiVersion, label, manager, podAnnotation } from '../../api/labels.ts';
import { parseImageName } from '../../image-name/image-name.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import type { Want } from './wants.ts';

/** The NixBuild for a wanted image. Its name is worked out from what it builds, so many Pods ask for one and the same. */
export function nixBuildFor(namespace: string, want: Want, system: string): Manifest {
  const { image, flakeUrl, packageName, secretName, isExpected } = want;
  const annotations = {
    // Not a field of the spec: the first enbi's manifests have none, and which credentials fetch a flake is not what it is.
    ...(secretName === undefined ? {} : { [podAnnotation.secretName]: secretName }),
    ...(isExpected === undefined ? {} : { [aheadAnnotation]: 'true' }),
  };
  return {
    apiVersion,
    kind: 'NixBuild',
    metadata: {
      namespace,
      name: `${slug(image)}-${fingerprint([flakeUrl, packageName, system, image])}`,
      labels: { [label.managedBy]: manager },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: { flakeUrl, packageName, system, imageTag: image },
  };
}

function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10);
}

/** The last part of the repository and the tag, as far as an object's name can hold them. */
function slug(image: string): string {
  const { repository, tag } = parseImageName(image);
  const text = `${repository.split('/').at(-1) ?? ''}-${tag}`.toLowerCase();
  return text
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 36)
    .replaceAll(/^-+|-+$/g, '');
}
