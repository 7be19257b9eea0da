import { cannotUseImage } from '../../cluster-view/container.ts';
import { isDescribed } from '../../cluster-view/described.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { type Problem, titleOf } from './problem.ts';

/** Why building would not help, and what would, by the kubelet's waiting reason. */
const advice: Readonly<Record<string, string>> = {
  InvalidImageName: 'no image can have this name; correct it to host/path:tag',
  ImageInspectError: "the node's container runtime cannot look into the image it has; remove the image from the node",
  SignatureValidationFailed:
    'the node only takes signed images, and what enbi builds is not signed; ' +
    "exempt the image in the signature policy of the node's container runtime",
};

/** Containers that the annotations describe and that no build would start: silence would look like enbi being asleep. */
export function unusableImages(pod: PodView): Problem[] {
  return pod.containers
    .filter(cannotUseImage)
    .filter((container) => isDescribed(pod, container))
    .map((container) => ({
      reason: 'BuildWouldNotHelp',
      message:
        `${titleOf(container)} waits with ${container.waiting ?? ''} for ${container.image}, so nothing is built: ` +
        (advice[container.waiting ?? ''] ?? ''),
    }));
}
