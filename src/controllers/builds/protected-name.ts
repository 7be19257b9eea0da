import { UserError } from '../../errors.ts';
import { type ImageName, repositoryOf } from '../../image-name/image-name.ts';

/**
 * Refuses names under which a node would run an image with more than a Pod's rights, or for everybody: whether or not an image
 * has that name today. The node's sandbox image is in every Pod, and its next version would be taken from what is there.
 */
export function refuseProtectedName(name: ImageName, ownImage: string): void {
  const repository = `${name.host}/${name.repository}`;
  if (repository === repositoryOf(ownImage)) {
    throw conflict(name, "is enbi's own, which runs with rights over nodes");
  }
  if (sandboxImages.test(name.repository)) {
    throw conflict(name, "is what nodes call the image that every Pod's sandbox is made of");
  }
}

/** `pause` everywhere, in mirrors too (registry.k8s.io/pause, rancher/mirrored-pause, eks/pause, kubernetes/pause). */
const sandboxImages = /(^|\/)(mirrored-)?pause(-(amd64|arm|arm64|ppc64le|s390x|riscv64))?$/;

function conflict({ text }: ImageName, problem: string): UserError {
  return new UserError('NameConflict', `no image is built under ${text}: the name ${problem}; use another`);
}
