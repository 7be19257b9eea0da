import { encodeQueryValue, encodeSegment } from './encoding.ts';
import { invalidReference } from './invalid-reference.ts';

const placeholder = '{tag}';

/** `scheme://host`, `scheme:`, and the parameter that gives a forge's host. */
const placesOfHost = [/^[^?]*:\/\/[^/?]*\{tag\}/, /^[^:?]*\{tag\}/, /[?&]host=[^&]*\{tag\}/];

/**
 * The template with every `{tag}` replaced, encoded for the place it stands in: a tag can never add a path segment, a query
 * parameter or a fragment. Throws UserError `InvalidFlakeReference` where a tag would choose the host.
 */
export function fillTag(template: string, tag: string): string {
  if (placesOfHost.some((pattern) => pattern.test(template))) {
    throw invalidReference(template, 'has {tag} in its scheme or host; it may stand in the path and the query');
  }
  const queryAt = template.indexOf('?');
  if (queryAt === -1) return template.replaceAll(placeholder, () => encodeSegment(tag));
  const path = template.slice(0, queryAt).replaceAll(placeholder, () => encodeSegment(tag));
  return path + template.slice(queryAt).replaceAll(placeholder, () => encodeQueryValue(tag));
}
