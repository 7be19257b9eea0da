import { UserError } from '../../src/errors.ts';
import type { Attack } from './attack.ts';

/** Those that are named, or all; throws `UserError` at a name that none has. */
export function chosenAttacks(
  attacks: readonly Attack[],
  names: readonly string[],
  { quick = false }: { readonly quick?: boolean } = {},
): readonly Attack[] {
  const unknown = names.filter((name) => attacks.every((attack) => attack.name !== name));
  if (unknown.length > 0) {
    throw new UserError('UnknownAttack', `there is no attack ${unknown.join(' ')}; --list names those there are`);
  }
  return attacks.filter((attack) => (names.length === 0 || names.includes(attack.name)) && (!quick || attack.quick));
}
