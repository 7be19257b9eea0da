import * as z from 'zod';
import { UserError } from '../errors.ts';
import { printableLine } from '../printable.ts';

const Locked = z.object({
  type: z.string(),
  url: z.string().optional(),
  path: z.string().optional(),
});

const LockFile = z.object({
  nodes: z.record(z.string(), z.object({ locked: Locked.optional(), parent: z.array(z.string()).optional() })),
});

/** An input that is a file of this Pod. Nix takes them (`path:/…`, `file:///…`) and would carry credentials into the store. */
export interface LocalInput {
  readonly name: string;
  readonly place: string;
}

/** Inputs that are not fetched from elsewhere; anything unknown counts as local. */
export function localInputs(locks: unknown): readonly LocalInput[] {
  return Object.entries(LockFile.parse(locks).nodes).flatMap(([name, { locked, parent }]) => {
    if (locked === undefined || isRemote(locked, parent !== undefined)) return [];
    return [{ name: printableLine(name, 100), place: printableLine(locked.url ?? locked.path ?? locked.type, 200) }];
  });
}

export function localInputError(input: LocalInput): UserError {
  return new UserError(
    'InvalidFlakeReference',
    `the flake's input "${input.name}" is the local place ${input.place}; give it a URL that can be fetched from the cluster`,
  );
}

function isRemote(locked: z.infer<typeof Locked>, hasParent: boolean): boolean {
  switch (locked.type) {
    case 'github':
    case 'gitlab':
    case 'sourcehut':
      return true;
    case 'git':
      return /^(?:https?|ssh|git):\/\//.test(locked.url ?? '');
    case 'tarball':
    case 'file':
      return /^https?:\/\//.test(locked.url ?? '');
    case 'path':
      // A directory of the flake itself; Nix keeps it inside (`parent` is written for relative paths only).
      return hasParent && !(locked.path ?? '/').startsWith('/');
    default:
      return false;
  }
}
