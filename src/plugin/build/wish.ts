import { parseSecretName } from '../../cluster-view/secret-name.ts';
import { UserError } from '../../errors.ts';
import {
  fillTag,
  formatFlakeReference,
  parseFlakeReference,
  parsePackageName,
  parseSystem,
} from '../../flake-reference/flake-reference.ts';
import { parseImageTag } from '../../image-name/image-name.ts';

/** What is to be built, as far as the command line says it. */
export interface Wish {
  readonly flakeUrl: string;
  readonly image: string;
  readonly packageName: string;
  readonly system?: string;
  readonly secretName?: string;
}

export interface BuildOptions {
  readonly image: string;
  readonly package: string;
  readonly system?: string;
  readonly secret?: string;
}

/** Checks everything that the controller would check, by the same parsers, before anything is sent. Throws `UserError`. */
export function wishOf(flake: string, options: BuildOptions): Wish {
  refuseFragment(flake);
  const image = parseImageTag(options.image);
  parsePackageName(options.package);
  if (options.system !== undefined) parseSystem(options.system);
  if (options.secret !== undefined) parseSecretName(options.secret, '--secret');
  return {
    flakeUrl: formatFlakeReference(parseFlakeReference(fillTag(flake, image.tag))),
    image: options.image,
    packageName: options.package,
    ...(options.system === undefined ? {} : { system: options.system }),
    ...(options.secret === undefined ? {} : { secretName: options.secret }),
  };
}

/** As `nix build` takes it; the parser of references would name the field of a NixBuild. */
function refuseFragment(flake: string): void {
  const [reference = '', fragment] = flake.split('#');
  if (fragment === undefined) return;
  const what = fragment === '' ? 'nothing' : `the package: write '${reference}' --package ${fragment}`;
  throw new UserError('InvalidFlakeReference', `behind the # of ${flake} stands ${what}`);
}
