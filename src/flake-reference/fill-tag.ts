import { encodeQueryValue, encodeSegment } from './encoding.ts';
import { invalidReference } from './invalid-reference.ts';
import { refuseLong } from './length.ts';

const placeholder = '{tag}';

/**
 * The template with every `{tag}` replaced, encoded for the place it stands in: a tag can never add a path segment, a query
 * parameter or a fragment. Throws UserError `InvalidFlakeReference` where a tag would choose the host.
 */
export function fillTag(template: string, tag: string): string {
  refuseLong(template, template.length + tag.length);
  const queryAt = template.indexOf('?');
  const [path, query] = queryAt === -1 ? [template, ''] : [template.slice(0, queryAt), template.slice(queryAt)];
  if (placesOfHost(path, query).some((place) => place.includes(placeholder))) {
    throw invalidReference(template, 'has {tag} in its scheme or host; it may stand in the path and the query');
  }
  return (
    path.replaceAll(placeholder, () => encodeSegment(tag)) + query.replaceAll(placeholder, () => encodeQueryValue(tag))
  );
}

/** What stands before the first colon, before the first slash behind `://`, and in the parameters that give a forge's host. */
function placesOfHost(path: string, query: string): readonly string[] {
  const slashes = path.indexOf('://');
  const end = slashes === -1 ? path.indexOf(':') : path.indexOf('/', slashes + 3);
  const parameters = query.split(/[?&]/).filter((parameter) => parameter.startsWith('host='));
  return [end === -1 ? path : path.slice(0, end), ...parameters];
}
