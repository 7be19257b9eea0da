import { podAnnotation } from '../api/labels.ts';
import {
  fillTag,
  formatFlakeReference,
  parseFlakeReference,
  parsePackageName,
} from '../flake-reference/flake-reference.ts';
import { parseImageTag } from '../image-name/image-name.ts';
import type { ContainerView } from './container.ts';
import { annotation, isDescribedByName } from './described.ts';
import type { PodView } from './pod.ts';
import { parseSecretName } from './secret-name.ts';

/** An image, and what a Pod's annotations say it is made from. */
export interface ImageRequest {
  readonly image: string;
  readonly flakeUrl: string;
  readonly packageName: string;
  readonly secretName?: string;
}

/** What the annotations by the container's name ask for, else those without a suffix; undefined: nothing. Throws `UserError`, `PolicyError`. */
export function requestOf(pod: PodView, container: ContainerView): ImageRequest | undefined {
  const suffix = isDescribedByName(pod, container) ? `.${container.name}` : '';
  const template = annotation(pod, podAnnotation.flakeUrl, suffix);
  if (template === undefined) return undefined;
  const image = parseImageTag(container.image);
  const packageName = annotation(pod, podAnnotation.packageName, suffix) ?? 'default';
  parsePackageName(packageName);
  const secretName = secretNameOf(pod, suffix);
  return {
    image: container.image,
    flakeUrl: formatFlakeReference(parseFlakeReference(fillTag(template, image.tag))),
    packageName,
    ...(secretName === undefined ? {} : { secretName }),
  };
}

function secretNameOf(pod: PodView, suffix: string): string | undefined {
  const text = annotation(pod, podAnnotation.secretName, suffix);
  return text === undefined ? undefined : parseSecretName(text, `annotation ${podAnnotation.secretName}${suffix}`);
}
