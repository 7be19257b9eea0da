import { group } from '../../api/labels.ts';
import type { ImportOrder } from '../../api/order.ts';
import { TransientError } from '../../errors.ts';
import { formatImageName, type ImageName } from '../../image-name/image-name.ts';
import { repositoryKey, repositoryKeyOf } from '../../image-name/name-key.ts';
import { nameIsTaken } from '../../image-name/taken.ts';
import type { ImageRecord, Labels, LeasedImages, NodeImages } from '../ports.ts';
import type { MadeImage } from './made-image.ts';
import { isPinnedByOthers, type Pin, pinLabel, pinLabels } from './pin.ts';

export type Owner = ImportOrder['owner'];

/** On every image record enbi makes: whose it is. A record without them was made by someone else. */
export const recordLabel = {
  managed: `${group}/managed`,
  namespace: `${group}/build-namespace`,
  name: `${group}/build-name`,
  uid: `${group}/build-uid`,
} as const;

/**
 * Whether the name may be given, before anything is written and again before it is. Throws UserError `NameConflict` where it
 * means another image that is not this namespace's: pulled by the kubelet, loaded by hand, or another tenant's.
 */
export async function checkName(
  name: ImageName,
  digest: string,
  { owner, images }: Pick<Naming, 'owner' | 'images'>,
): Promise<void> {
  const found = await images.record(formatImageName(name));
  if (found !== undefined && found.target.digest !== digest && !isOwn(found, owner)) throw nameIsTaken(name.text);
  await checkPins(name, { owner, images });
}

/**
 * What somebody pinned is not to be collected, so the node needs it: the sandbox image of its Pods, most often. The next version
 * of it would be taken from what is there, so nothing is loaded under any tag of its repository. enbi's own pins of other tenants'
 * images are none of these.
 */
async function checkPins(name: ImageName, { owner, images }: Pick<Naming, 'owner' | 'images'>): Promise<void> {
  const repository = repositoryKey(name);
  const pinned = await images.recordsWith(pinLabel.pinned);
  const foreign = pinned.filter((record) => isPinnedByOthers(record) && !isOwn(record, owner));
  if (foreign.some((record) => repositoryKeyOf(record.name) === repository)) throw nameIsTaken(name.text);
}

interface Naming {
  readonly owner: Owner;
  readonly images: NodeImages;
  readonly leased: LeasedImages;
  readonly pin: Pin | undefined;
}

/**
 * The last step: from here on the kubelet sees the image. The digest's name comes first, Spegel looks for it. The other carries
 * the pin: one name is enough, and this is the one that nobody else's build has.
 */
export async function nameImage(
  image: MadeImage,
  name: ImageName,
  { owner, images, leased, pin }: Naming,
): Promise<void> {
  const { mediaType, digest, sizeBytes } = image.manifest;
  const target = { mediaType, digest, sizeBytes };
  await checkPins(name, { owner, images });
  const labels = ownerLabels(owner);
  await leased.createRecord({ name: `${name.host}/${name.repository}@${digest}`, target, labels });
  const record = { name: formatImageName(name), target, labels: { ...labels, ...(pin && pinLabels(pin)) } };
  if (await leased.createRecord(record)) {
    return;
  }
  const found = await images.record(record.name);
  if (found === undefined) {
    throw new TransientError('ContainerdUnavailable', `the record ${record.name} vanished while it was looked at`);
  }
  const isSame = found.target.digest === digest;
  if (isOwn(found, owner)) {
    // Also when only the NixBuild is another: its uid is what later tells whose the name is.
    const pins = pin !== undefined && !isPinnedByOthers(found);
    if (!isSame || pins || found.labels[recordLabel.uid] !== owner.uid) {
      await leased.updateRecord(pins ? record : { ...record, labels });
    }
  } else if (!isSame) {
    throw nameIsTaken(name.text);
  }
}

function isOwn({ labels }: ImageRecord, owner: Owner): boolean {
  return labels[recordLabel.managed] === 'true' && labels[recordLabel.namespace] === owner.namespace;
}

function ownerLabels({ namespace, name, uid }: Owner): Labels {
  return {
    [recordLabel.managed]: 'true',
    [recordLabel.namespace]: namespace,
    [recordLabel.name]: name,
    [recordLabel.uid]: uid,
  };
}
