import { invalidReference } from './invalid-reference.ts';

const maxLength = 2048;

/** Before anything else looks at a text: an annotation holds 256 KiB. */
export function refuseLong(text: string, length: number): void {
  if (length > maxLength)
    throw invalidReference(text, `is longer than ${maxLength} characters; name the flake by a shorter path or ref`);
}
