import { UserError } from '../../errors.ts';
import type { LayerPath, Perm } from './image-json.ts';

export interface Access {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
}

/** What the options of a path ask for its files, by their names in the store. */
export interface PathRules {
  /** Where the file goes in the image; undefined: nowhere. */
  destination(path: string): string | undefined;
  /** By where it would go; with a directory all that is below it. */
  isLeftOut(destination: string): boolean;
  access(path: string, mode: number): Access;
}

export function pathRules({ options }: LayerPath): PathRules {
  const { rewrite, perms, ignoreDestination = '' } = options ?? {};
  const patience = new Patience();
  const rewritten =
    rewrite === undefined || rewrite.regex === '' ? (path: string) => path : rewriter(rewrite, patience);
  const applied = (perms ?? []).map((perm) => ({ perm, regex: expression(perm.regex, '') }));
  const ignored = ignoreDestination === '' ? undefined : expression(ignoreDestination, '');
  return {
    destination: (path) => checked(rewritten(path), path),
    isLeftOut: (name) => ignored !== undefined && patience.match(ignored, name, () => ignored.test(name)),
    access: (path, mode) => {
      const matching = applied
        .filter(({ regex }) => patience.match(regex, path, () => regex.test(path)))
        .map(({ perm }) => perm);
      return matching.reduce(withPerm, { mode, uid: 0, gid: 0, uname: 'root', gname: 'root' });
    },
  };
}

function rewriter({ regex, repl }: { regex: string; repl: string }, patience: Patience): (path: string) => string {
  // Groups would have to be named as Go names them.
  refuseUnless(!repl.includes('$'), `the replacement ${JSON.stringify(repl)}`);
  const pattern = expression(regex, 'g');
  return (path) => patience.match(pattern, path, () => path.replace(pattern, () => repl));
}

/** Few repetitions still take years on a name of ten thousand letters, and nothing interrupts a match. */
class Patience {
  #spentMs = 0;

  match<T>(regex: RegExp, path: string, match: () => T): T {
    // Each repetition may end anywhere, and each match begin anywhere.
    const steps = path.length ** (repetitionsIn(regex.source) + 1);
    refuseUnless(
      steps <= mostSteps,
      `the regular expression ${JSON.stringify(regex.source)} for a name of ${path.length}`,
    );
    const begun = performance.now();
    const result = match();
    this.#spentMs += performance.now() - begun;
    refuseUnless(
      this.#spentMs <= mostMs,
      `the regular expression ${JSON.stringify(regex.source)}, which takes too long`,
    );
    return result;
  }
}

const mostSteps = 1e10;
const mostMs = 30_000;

function repetitionsIn(text: string): number {
  return text.match(/[*+?]/g)?.length ?? 0;
}

function withPerm(before: Access, { mode, orMode = '', uid, gid, uname, gname }: Perm): Access {
  const set = mode === '' ? before.mode : Number.parseInt(mode, 8);
  const added = orMode === '' ? 0 : Number.parseInt(orMode, 8);
  return { mode: set | added, uid, gid, uname: uname || before.uname, gname: gname || before.gname };
}

/**
 * Regular expressions that mean the same in Go and here, and take no time without end: hardly any repetition, none of a
 * group. Whatever they mean, the layer is held against its digest.
 */
function expression(text: string, flags: string): RegExp {
  const isPlain = /^(?:[\w/\- ,:=@~^$.|()[\]*+?]|\\[./+*?$^()[\]\\|-])*$/.test(text);
  refuseUnless(
    isPlain && repetitionsIn(text) <= 4 && !/\)[*+?]|\(\?/.test(text),
    `the regular expression ${JSON.stringify(text)}`,
  );
  try {
    return new RegExp(text, flags);
  } catch {
    throw unsupported(`the regular expression ${JSON.stringify(text)}`);
  }
}

function checked(destination: string, path: string): string | undefined {
  if (destination === '' || destination === '/') {
    return destination === '' ? undefined : '/';
  }
  const parts = destination.split('/').slice(1);
  const isClean = destination.startsWith('/') && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  refuseUnless(isClean, `the destination ${JSON.stringify(destination)} of ${path}`);
  return destination;
}

function refuseUnless(condition: boolean, what: string): asserts condition {
  if (!condition) {
    throw unsupported(what);
  }
}

function unsupported(what: string): UserError {
  return new UserError('InvalidArchive', `enbi cannot make a layer of nix2container with ${what.slice(0, 300)}`);
}
