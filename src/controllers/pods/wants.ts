import { podAnnotation } from '../../api/labels.ts';
import { reasonOf } from '../../api/reasons.ts';
import { type ContainerView, waitsForImage } from '../../cluster-view/container.ts';
import { isDescribed, isDescribedByName, undescribed } from '../../cluster-view/described.ts';
import { type ImageRequest, requestOf } from '../../cluster-view/image-request.ts';
import { imagesAhead } from '../../cluster-view/images-ahead.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { asError, PolicyError, UserError } from '../../errors.ts';
import { printableLine } from '../../printable.ts';
import { imagesMeant, isSoonKnown } from './meant-image.ts';
import { type Problem, titleOf } from './problem.ts';
import { someOf } from './some-of.ts';

/** An image that a Pod waits for, and what its annotations say it is made from. */
export interface Want extends ImageRequest {
  /** The Pod does not wait for it yet, and will when it has what it waits for. */
  readonly isAhead?: true;
  /** Nothing is known of it on the Pod's node yet, and most likely it is not there. */
  readonly isExpected?: true;
}

/** The images that the Pod waits for, or will, and enbi is asked to make, each once; problems of annotations beside them. */
export function wantsOf(pod: PodView, builds: readonly NixBuild[]): { wants: Want[]; problems: Problem[] } {
  const meant = imagesMeant(pod, builds);
  const waiting = pod.containers.filter(waitsForImage);
  const problems = ambiguity(pod, meant, waiting);
  const ahead = new Set(imagesAhead(pod));
  const asked = [...waiting, ...ahead].flatMap((container): Asked[] => {
    try {
      const want = wantOf(pod, container, meant);
      if (want === undefined) return [];
      return [{ container, want: ahead.has(container) ? { ...want, isAhead: true } : want }];
    } catch (thrown) {
      problems.push(problemOf(container, thrown));
      return [];
    }
  });
  const wants: Want[] = [];
  for (const alike of Map.groupBy(asked, ({ want }) => want.image).values()) {
    const conflict = conflictOf(alike);
    if (conflict !== undefined) problems.push(conflict);
    else wants.push(...alike.slice(0, 1).map(({ want }) => want));
  }
  return { wants, problems };
}

interface Asked {
  readonly container: ContainerView;
  readonly want: Want;
}

/** What a node has under one name is one image, so it cannot be made of two things: whichever came last would be run by both. */
function conflictOf([first, ...others]: readonly Asked[]): Problem | undefined {
  if (first === undefined) return undefined;
  const other = others.find(({ want }) => !isSame(want, first.want));
  if (other === undefined) return undefined;
  const message =
    `${titleOf(first.container)} and ${titleOf(other.container)} have one image, ${first.want.image}, and annotations that make it of ` +
    `different things: ${contentOf(first.want)}, and ${contentOf(other.want)}; write the same for both, or give one of them an image of its own`;
  return { reason: 'AmbiguousImage', message };
}

function isSame(one: Want, other: Want): boolean {
  return (['flakeUrl', 'packageName', 'secretName'] as const).every((key) => one[key] === other[key]);
}

function contentOf({ flakeUrl, packageName, secretName }: Want): string {
  return `${packageName} of ${printableLine(flakeUrl, 200)}${secretName === undefined ? '' : ` with Secret ${secretName}`}`;
}

/** Told once, however many containers wait: it is the Pod's annotation that is wrong. */
function ambiguity(pod: PodView, meant: ReadonlySet<string>, waiting: readonly ContainerView[]): Problem[] {
  if (meant.size < 2 || waiting.every((container) => isDescribedByName(pod, container)) || isSoonKnown(pod)) return [];
  // All of them, whichever wait at this moment: another text would be another event.
  const endings = undescribed(pod).map(({ name }) => `${podAnnotation.flakeUrl}.${name}`);
  const message =
    `${podAnnotation.flakeUrl} could describe any of ${someOf([...meant])}; ` +
    `write ${podAnnotation.imageTag} with the image it is for, or ${someOf(endings)}`;
  return [{ reason: 'AmbiguousImage', message }];
}

function problemOf(container: ContainerView, thrown: unknown): Problem {
  if (!(thrown instanceof UserError) && !(thrown instanceof PolicyError)) throw asError(thrown);
  return { reason: reasonOf(thrown), message: `${titleOf(container)}: ${thrown.message}` };
}

function wantOf(pod: PodView, container: ContainerView, meant: ReadonlySet<string>): Want | undefined {
  if (!isDescribed(pod, container, meant)) return undefined;
  const request = requestOf(pod, container);
  refuseAlways(container);
  return request;
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
