import { answerLength } from '../../api/nix-build.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';

/** The value of an annotation that asks for something, as far as the status can hold it as the answer. */
export function askedFor(annotation: string, { metadata }: NixBuild): string | undefined {
  return metadata.annotations?.[annotation]?.slice(0, answerLength);
}
