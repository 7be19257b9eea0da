import { createHash } from 'node:crypto';
import { PolicyError, UserError } from '../errors.ts';
import type { ContainerView } from './container.ts';
import { imagesLeft, isDescribedByName } from './described.ts';
import { type ImageRequest, requestOf } from './image-request.ts';
import type { NixBuild } from './objects.ts';
import type { PodView } from './pod.ts';

/**
 * Index values: a Pod and the NixBuilds that it asks for have one in common. What its annotations say an image is made from makes
 * one; an image that it only names makes another, which every NixBuild of that image has, however it came to be. So whoever corrects
 * a flake under the same image name asks for the new NixBuild, and no longer for the old one.
 *
 * The Secret is no part of it: Pods that name different ones share a NixBuild (controllers/pods/other-secret.ts). Nor is the system:
 * which one it is, is known when the Pod has a node.
 */
export function askingKeys(pod: PodView): readonly string[] {
  const known = keysOfPods.get(pod);
  if (known !== undefined) return known;
  const left = imagesLeft(pod);
  const byImage = Map.groupBy(pod.containers, ({ image }) => image);
  const keys = [...byImage].flatMap(([image, containers]) => {
    // The annotation without a suffix may be about each of several images: it is taken as if it were.
    const described = containers.filter((each) => left.has(image) || isDescribedByName(pod, each));
    return described.length === 0 ? [keyOfName(pod, image)] : described.flatMap((each) => keyOfContainer(pod, each));
  });
  const distinct = [...new Set(keys)];
  keysOfPods.set(pod, distinct);
  return distinct;
}

/** Who asks for it has one of these. */
export function askedKeys(build: NixBuild): readonly string[] {
  const known = keysOfBuilds.get(build);
  if (known !== undefined) return known;
  const { imageTag: image, flakeUrl, packageName } = build.spec;
  const keys = [keyOfRequest(build, { image, flakeUrl, packageName }), keyOfName(build, image)];
  keysOfBuilds.set(build, keys);
  return keys;
}

/** Whether a Pod asks for it, whichever its node is, and whether or not it waits. */
export function isAskedFor(build: NixBuild, pods: { has(index: 'asks', value: string): boolean }): boolean {
  return askedKeys(build).some((key) => pods.has('asks', key));
}

/** Each is read once, however often it is asked for: references are parsed for it. */
const keysOfPods = new WeakMap<PodView, readonly string[]>();
const keysOfBuilds = new WeakMap<NixBuild, readonly string[]>();

/** What cannot be followed asks for nothing: the Pod is told so. */
function keyOfContainer(pod: PodView, container: ContainerView): readonly string[] {
  try {
    const request = requestOf(pod, container);
    return request === undefined ? [] : [keyOfRequest(pod, request)];
  } catch (thrown) {
    if (thrown instanceof UserError || thrown instanceof PolicyError) return [];
    throw thrown;
  }
}

interface Namespaced {
  readonly metadata: { readonly namespace?: string };
}

/** A digest, since a reference may be 2,048 characters long. */
function keyOfRequest({ metadata }: Namespaced, { image, flakeUrl, packageName }: ImageRequest): string {
  const parts = [metadata.namespace ?? '', image, flakeUrl, packageName];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function keyOfName({ metadata }: Namespaced, image: string): string {
  return `${metadata.namespace ?? ''} ${image}`;
}
