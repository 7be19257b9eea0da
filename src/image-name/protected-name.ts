import { UserError } from '../errors.ts';
import { hostNameOf } from './image-host.ts';
import type { ImageName } from './image-name.ts';
import { repositoryKey, repositoryKeyOf } from './name-key.ts';
import { isOpen, type OpenHosts } from './open-hosts.ts';
import { isPublicHost } from './public-hosts.ts';

export interface Protection {
  /** enbi's own image; undefined where that has been looked at before. */
  readonly ownImage?: string;
  readonly openHosts: OpenHosts;
}

/**
 * What enbi's image is called where no mirror has it under another name. The importer refuses it by this alone: it takes what is ordered
 * for true, and whoever has the controller's account could have their own program loaded under the one name that Jobs beside containerd run.
 */
const usualImage = 'enbi.hrzn.ee/enbi';

/**
 * Refuses names under which a node would run an image with more than a Pod's rights, or for everybody: whether or not an image
 * has that name today. The node's sandbox image is in every Pod, and its next version would be taken from what is there.
 */
export function refuseProtectedName(name: ImageName, { ownImage, openHosts }: Protection): void {
  if ([usualImage, ownImage ?? usualImage].some((own) => repositoryKey(name) === repositoryKeyOf(own))) {
    throw conflict(name, "the name is enbi's own, which runs with rights over nodes; use another");
  }
  if (sandboxImages.test(name.repository)) {
    throw conflict(name, "the name is what nodes call the image that every Pod's sandbox is made of; use another");
  }
  const host = hostNameOf(name.host);
  if (!isPublicHost(host) || isOpen(name, openHosts)) return;
  throw conflict(
    name,
    `${host} is a public registry, so Pods that name its images mean what is there; name the image after the host of the ` +
      `flake's repository (git.example/team/app:1.0), or ask your administrator to open ${host} with --open-image-hosts`,
  );
}

/** `pause` everywhere, in mirrors too (registry.k8s.io/pause, rancher/mirrored-pause, eks/pause, kubernetes/pause). */
const sandboxImages = /(^|\/)(mirrored-)?pause(-(amd64|arm|arm64|ppc64le|s390x|riscv64))?$/;

function conflict({ text }: ImageName, problem: string): UserError {
  return new UserError('NameConflict', `no image is built under ${text}: ${problem}`);
}
