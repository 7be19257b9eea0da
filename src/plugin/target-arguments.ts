import type { Command } from 'commander';

/** How whoever calls `logs`, `retry` or `cancel` says which build is meant; find-target.ts looks for it. */
export function takesTarget(command: Command): Command {
  return command
    .argument(
      '<object>',
      'nixbuild/NAME (nb/NAME), or the Pod whose image is built: pod/NAME, deployment/NAME and the like; a bare name is looked ' +
        'for as a NixBuild, then as a Pod',
    )
    .argument('[name]', 'the name, when the kind stands alone before it');
}
