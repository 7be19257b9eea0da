import { podAnnotation } from '../../api/labels.ts';
import { type Reason, reasonOf } from '../../api/reasons.ts';
import { type ContainerView, type PodView, waitsForImage } from '../../cluster-view/pod.ts';
import { asError, PolicyError, UserError } from '../../errors.ts';
import {
  fillTag,
  formatFlakeReference,
  parseFlakeReference,
  parsePackageName,
} from '../../flake-reference/flake-reference.ts';
import { parseImageTag } from '../../image-name/image-name.ts';

/** An image that a Pod waits for, and what its annotations say it is made from. */
export interface Want {
  readonly image: string;
  readonly flakeUrl: string;
  readonly packageName: string;
  readonly secretName?: string;
}

/** An annotation that cannot be followed: what is wrong and what to write instead. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
}

/** The images that the Pod waits for and enbi is asked to make, each once; problems of annotations beside them. */
export function wantsOf(pod: PodView): { wants: Want[]; problems: Problem[] } {
  const wants = new Map<string, Want>();
  const problems: Problem[] = [];
  for (const container of pod.containers.filter(waitsForImage)) {
    try {
      const want = wantOf(pod, container);
      if (want !== undefined) wants.set(want.image, want);
    } catch (thrown) {
      problems.push(problemOf(container, thrown));
    }
  }
  return { wants: [...wants.values()], problems };
}

function problemOf(container: ContainerView, thrown: unknown): Problem {
  if (!(thrown instanceof UserError) && !(thrown instanceof PolicyError)) throw asError(thrown);
  return { reason: reasonOf(thrown), message: `container ${container.name}: ${thrown.message}` };
}

function wantOf(pod: PodView, container: ContainerView): Want | undefined {
  const suffix = describedByName(pod, container) ? `.${container.name}` : '';
  const template = annotation(pod, podAnnotation.flakeUrl, suffix);
  if (template === undefined) return undefined;
  if (suffix === '' && !isTheDescribedImage(pod, container)) return undefined;
  const image = parseImageTag(container.image);
  refuseAlways(container);
  const packageName = annotation(pod, podAnnotation.packageName, suffix) ?? 'default';
  parsePackageName(packageName);
  const secretName = annotation(pod, podAnnotation.secretName, suffix);
  return {
    image: container.image,
    flakeUrl: formatFlakeReference(parseFlakeReference(fillTag(template, image.tag))),
    packageName,
    ...(secretName === undefined ? {} : { secretName }),
  };
}

function annotation(pod: PodView, name: string, suffix: string): string | undefined {
  return pod.metadata.annotations?.[`${name}${suffix}`];
}

function describedByName(pod: PodView, container: ContainerView): boolean {
  return annotation(pod, podAnnotation.flakeUrl, `.${container.name}`) !== undefined;
}

/** Whether the annotation without a suffix is about this container: by `imageTag`, else as the only image left. */
function isTheDescribedImage(pod: PodView, container: ContainerView): boolean {
  const named = annotation(pod, podAnnotation.imageTag, '');
  if (named !== undefined) return named === container.image;
  const left = new Set(pod.containers.filter((other) => !describedByName(pod, other)).map((other) => other.image));
  if (left.size === 1) return true;
  throw new UserError(
    'AmbiguousImage',
    `${podAnnotation.flakeUrl} could describe any of ${[...left].join(', ')}; ` +
      `write ${podAnnotation.imageTag} with the image it is for, or ${podAnnotation.flakeUrl}.${container.name}`,
  );
}

/** The kubelet never uses an image of the node's own under this policy, so a build would be for nothing. */
function refuseAlways(container: ContainerView): void {
  if (container.pullPolicy !== 'Always') return;
  throw new UserError(
    'ImageNeverLocal',
    `imagePullPolicy Always (the default for the tag :latest) makes the kubelet ask a registry for ${container.image} ` +
      'every time; set imagePullPolicy to IfNotPresent or Never',
  );
}
