import { UserError } from '../errors.ts';

/**
 * One text, whoever has the name and however that is known (a Pod, a node's image, another NixBuild): more would tell one tenant
 * what another runs.
 */
export function nameIsTaken(name: string): UserError {
  return new UserError('NameConflict', `no image is loaded under ${name}: the name is taken; use another name or tag`);
}
