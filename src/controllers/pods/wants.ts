import { podAnnotation } from '../../api/labels.ts';
import { reasonOf } from '../../api/reasons.ts';
import { type ContainerView, waitsForImage } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { parseSecretName } from '../../cluster-view/secret-name.ts';
import { asError, PolicyError, UserError } from '../../errors.ts';
import {
  fillTag,
  formatFlakeReference,
  parseFlakeReference,
  parsePackageName,
} from '../../flake-reference/flake-reference.ts';
import { parseImageTag } from '../../image-name/image-name.ts';
import { annotation, imagesLeft, isDescribed, isDescribedByName, type Problem, titleOf } from './annotations.ts';
import { someOf } from './some-of.ts';

/** An image that a Pod waits for, and what its annotations say it is made from. */
export interface Want {
  readonly image: string;
  readonly flakeUrl: string;
  readonly packageName: string;
  readonly secretName?: string;
}

/** The images that the Pod waits for and enbi is asked to make, each once; problems of annotations beside them. */
export function wantsOf(pod: PodView): { wants: Want[]; problems: Problem[] } {
  const wants = new Map<string, Want>();
  const waiting = pod.containers.filter(waitsForImage);
  const problems = ambiguity(pod, waiting);
  for (const container of waiting) {
    try {
      const want = wantOf(pod, container);
      if (want !== undefined) wants.set(want.image, want);
    } catch (thrown) {
      problems.push(problemOf(container, thrown));
    }
  }
  return { wants: [...wants.values()], problems };
}

/** Told once, however many containers wait: it is the Pod's annotation that is wrong. */
function ambiguity(pod: PodView, waiting: readonly ContainerView[]): Problem[] {
  const left = imagesLeft(pod);
  if (left.size < 2 || waiting.every((container) => isDescribedByName(pod, container))) return [];
  // All of them, whichever wait at this moment: another text would be another event.
  const unnamed = pod.containers.filter((container) => !isDescribedByName(pod, container));
  const endings = unnamed.map(({ name }) => `${podAnnotation.flakeUrl}.${name}`);
  const message =
    `${podAnnotation.flakeUrl} could describe any of ${someOf([...left])}; ` +
    `write ${podAnnotation.imageTag} with the image it is for, or ${someOf(endings)}`;
  return [{ reason: 'AmbiguousImage', message }];
}

function problemOf(container: ContainerView, thrown: unknown): Problem {
  if (!(thrown instanceof UserError) && !(thrown instanceof PolicyError)) throw asError(thrown);
  return { reason: reasonOf(thrown), message: `${titleOf(container)}: ${thrown.message}` };
}

function wantOf(pod: PodView, container: ContainerView): Want | undefined {
  const suffix = isDescribedByName(pod, container) ? `.${container.name}` : '';
  const template = annotation(pod, podAnnotation.flakeUrl, suffix);
  if (template === undefined || !isDescribed(pod, container)) return undefined;
  const image = parseImageTag(container.image);
  refuseAlways(container);
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

/** The kubelet never uses an image of the node's own under this policy, so a build would be for nothing. */
function refuseAlways({ list, image, pullPolicy }: ContainerView): void {
  if (pullPolicy !== 'Always') return;
  const field = list === 'volume' ? 'image.pullPolicy' : 'imagePullPolicy';
  throw new UserError(
    'ImageNeverLocal',
    `${field} Always (the default for the tag :latest) makes the kubelet ask a registry for ${image} ` +
      `every time; set ${field} to IfNotPresent or Never`,
  );
}
