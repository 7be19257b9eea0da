import { ceilings } from '../api/ceilings.ts';
import { podAnnotation } from '../api/labels.ts';
import { nameNumber, nameNumbers, repositoryNumber } from './name-digest.ts';
import type { ImageNames } from './name-uses.ts';
import { listOf, type Raw, rawOf, textOf } from './raw.ts';

/** Where a cluster has its own components: their next version has another tag of the same repository. */
const systemNamespace = 'kube-system';

/** The images that a Pod names, any Pod. */
export function imagesOfPod(raw: unknown): ImageNames {
  const pod = rawOf(raw);
  const owner = textOf(rawOf(pod.metadata).namespace);
  const ofText = (text: string) =>
    owner === systemNamespace ? [nameNumber(text), repositoryNumber(text)] : [nameNumber(text)];
  const texts = textsIn(rawOf(pod.spec), rawOf(pod.status));
  const most = ceilings.namesOfPod.value;
  const held = nameNumbers(texts.held, most, ofText);
  const awaited = nameNumbers(texts.awaited, most, ofText).filter((name) => !held.includes(name));
  return { owner, asks: asks(pod), held, awaited };
}

/** The images that a node says it has. */
export function imagesOfNode(raw: unknown): ImageNames {
  const images = listOf(rawOf(rawOf(raw).status).images);
  const names = images.flatMap((image) => (Array.isArray(image.names) ? image.names : []));
  const texts = names.filter((name): name is string => typeof name === 'string');
  return { owner: '', asks: false, held: nameNumbers(texts, ceilings.namesOfNode.value), awaited: [] };
}

function asks(pod: Raw): boolean {
  const annotations = rawOf(rawOf(pod.metadata).annotations);
  for (const name in annotations) if (name.startsWith(podAnnotation.flakeUrl)) return true;
  return false;
}

const lists = [
  ['containers', 'containerStatuses'],
  ['initContainers', 'initContainerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;

interface Texts {
  readonly held: string[];
  readonly awaited: string[];
}

/** An image of a volume counts as held when any container has come so far as to have one: volumes come first. */
function textsIn(spec: Raw, status: Raw): Texts {
  const texts: Texts = { held: [], awaited: [] };
  for (const [specs, statuses] of lists) {
    const began = new Set(listOf(status[statuses]).filter(hasImage).map(nameOf));
    for (const container of listOf(spec[specs])) {
      (began.has(nameOf(container)) ? texts.held : texts.awaited).push(textOf(container.image));
    }
  }
  const ofVolumes = texts.held.length === 0 ? texts.awaited : texts.held;
  for (const { image } of listOf(spec.volumes)) if (image !== undefined) ofVolumes.push(textOf(rawOf(image).reference));
  return texts;
}

function hasImage({ imageID }: Raw): boolean {
  return textOf(imageID) !== '';
}

function nameOf({ name }: Raw): string {
  return textOf(name);
}
