import { podAnnotation, podAnnotationPrefix } from '../../api/labels.ts';
import { annotation } from '../../cluster-view/described.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { Problem } from './problem.ts';
import { someOf } from './some-of.ts';

const { flakeUrl, packageName, imageTag, secretName } = podAnnotation;
const known: readonly string[] = [flakeUrl, packageName, imageTag, secretName];

/** Annotations of the Pod that say nothing to enbi although they are meant for it: misspelt, or about nothing. */
export function misplacedAnnotations(pod: PodView): Problem[] {
  return Object.keys(pod.metadata.annotations ?? {})
    .filter((name) => name.startsWith(podAnnotationPrefix))
    .toSorted()
    .flatMap((name) => {
      const wrong = whatIsWrong(pod, name);
      return wrong === undefined ? [] : [{ reason: 'UnknownAnnotation', message: `annotation ${name}: ${wrong}` }];
    });
}

function whatIsWrong(pod: PodView, name: string): string | undefined {
  const end = name.indexOf('.', podAnnotationPrefix.length);
  const [base, suffix] = end === -1 ? [name, ''] : [name.slice(0, end), name.slice(end)];
  if (!known.includes(base)) return `there is none of this name; ${didYouMean(base, suffix)}`;
  if (suffix === '') return missesFlake(pod, base, suffix) ?? namesNoImage(pod, base);
  if (base === imageTag) return `it takes no ending; the image of ${suffix.slice(1)} is what its own image: says`;
  const names = [...new Set(pod.containers.map((container) => container.name))];
  if (!names.includes(suffix.slice(1))) {
    return `the Pod has no container and no image volume "${suffix.slice(1)}"; it has ${someOf(names)}`;
  }
  return missesFlake(pod, base, suffix);
}

function didYouMean(base: string, suffix: string): string {
  const meant = known.find((name) => plain(name) === plain(base));
  return meant === undefined ? `there are ${known.join(', ')}` : `write ${meant}${suffix}`;
}

/** As people misspell: without case and dashes. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, '');
}

/** What is taken from annotations is all with or all without an ending, so each needs a flake of its own kind beside it. */
function missesFlake(pod: PodView, base: string, suffix: string): string | undefined {
  if (base === flakeUrl || annotation(pod, flakeUrl, suffix) !== undefined) return undefined;
  return `it says nothing without ${flakeUrl}${suffix}; add that, or remove this one`;
}

/** Most often the tag was changed in one of the two places. */
function namesNoImage(pod: PodView, base: string): string | undefined {
  const images = new Set(pod.containers.map(({ image }) => image));
  if (base !== imageTag || images.has(annotation(pod, imageTag, '') ?? '')) return undefined;
  return `no container and no image volume of the Pod has this image; it has ${someOf([...images])}; write one of them, as it stands in image:`;
}
