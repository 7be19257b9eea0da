import { UserError } from '../errors.ts';
import { quoted } from './invalid-reference.ts';

declare const isSystem: unique symbol;
/** A Nix system such as `x86_64-linux`. */
export type System = string & { readonly [isSystem]: true };

/** Throws UserError `InvalidPackageName`: the system is the second segment of the attribute path. */
export function parseSystem(text: string): System {
  if (isLinuxSystem(text)) return text;
  throw new UserError(
    'InvalidPackageName',
    `system ${quoted(text)} is none that images are built for; write x86_64-linux, aarch64-linux or alike`,
  );
}

function isLinuxSystem(text: string): text is System {
  return /^[a-z0-9_]{1,32}-linux$/.test(text);
}
