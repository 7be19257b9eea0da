import type { PodBecause } from '../../controllers/pods/decide.ts';

/** What each rule about a Pod means, for people. The compiler asks for a sentence when there is a new rule. */
export const podRules: Readonly<Record<PodBecause, string>> = {
  PodIsGoing: 'The Pod is being deleted.',
  NothingWanted: 'No container of the Pod waits for an image that its annotations say how to build.',
  NodeUnknown:
    'The Pod is on no node yet, or its node is not known yet; where it runs decides for which system is built.',
  SystemUnsupported: "The Pod's node has an architecture that Nix builds no images for.",
  BuildMissing: 'There is no NixBuild for the image yet; the controller makes one at once.',
  WriteWasRefused: 'The API server refuses what the controller asks of it for this Pod; the event below says why.',
  BuildIsGoing: 'The NixBuild for the image is being deleted; another one is made when it is gone.',
  SecretIsOld:
    'The NixBuild for the image could not be fetched with the Secret it was made with; it is made anew with that of this Pod.',
  BuildUnderWay: 'A NixBuild for the image is under way; see below.',
  BuildFailed: 'The NixBuild for the image has failed; see below.',
  BuildCancelled: 'The NixBuild for the image was cancelled; it is not built until somebody asks for another attempt.',
  ImageIsThere: "The image is on the Pod's node; the controller makes the kubelet look at once.",
  AlreadyWoken: "The image is on the Pod's node and the kubelet was told; it starts the container within seconds.",
  AnnotationsWrong: 'An annotation of the Pod cannot be followed; the event below says which and what to write.',
};
