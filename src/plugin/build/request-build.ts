import { label } from '../../api/labels.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { projectNixBuild } from '../../cluster-view/objects.ts';
import { resource } from '../../cluster-view/resources.ts';
import { nixBuildFor } from '../../controllers/pods/nix-build.ts';
import { TransientError, UserError } from '../../errors.ts';
import { isAlreadyExists } from '../../runtime/api-status.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import type { CommandContext } from '../command-context.ts';
import { getBuild } from '../find-build.ts';
import type { Wish } from './wish.ts';

export interface Requested {
  readonly build: NixBuild;
  /** False: it was there before. */
  readonly isNew: boolean;
}

/** Makes the NixBuild that a Pod with the same wish would make: whoever comes second finds the first one's. */
export async function requestBuild(wish: Wish & { system: string }, context: CommandContext): Promise<Requested> {
  const { client, namespace } = context;
  const manifest = madeByPerson(nixBuildFor(namespace, wish, wish.system));
  try {
    const made = await client.create(resource.builds, namespace, manifest, { fieldManager: 'kubectl-enbi' });
    return { build: known(projectNixBuild(made), manifest.metadata.name), isNew: true };
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
    const build = known(await getBuild(manifest.metadata.name, context), manifest.metadata.name);
    refuseAnother(build, wish);
    return { build, isNew: false };
  }
}

/** Without the label by which enbi knows what it may remove: the history and an uninstall leave alone what people made. */
function madeByPerson(manifest: Manifest): Manifest {
  const labels = { ...manifest.metadata.labels };
  delete labels[label.managedBy];
  return { ...manifest, metadata: { ...manifest.metadata, labels } };
}

function known(build: NixBuild | undefined, name: string): NixBuild {
  if (build !== undefined) return build;
  throw new TransientError('NotFound', `NixBuild ${name} was deleted in this moment; try again`);
}

/** The name is worked out from the wish, so this one was written by hand. */
function refuseAnother({ metadata, spec }: NixBuild, wish: Wish & { system: string }): void {
  const same =
    spec.flakeUrl === wish.flakeUrl &&
    spec.packageName === wish.packageName &&
    spec.system === wish.system &&
    spec.imageTag === wish.image;
  if (same) return;
  throw new UserError(
    'NameTaken',
    `NixBuild ${metadata.name} is there already and builds something else; delete it first`,
  );
}
