import { mkdir } from 'node:fs/promises';
import type { Services } from '../../src/adapters/containerd/connection.ts';
import { collectGarbage, contentOf, flawOf, removeImage } from '../hostile/containerd-content.ts';
import type { OrderedImage, Place } from './place.ts';

/** What the kubelet's side, or anybody, could take for the image although it is not whole. */
export async function visibleFlaw({ name }: OrderedImage, { connection }: Place): Promise<string | undefined> {
  const services = connection.services();
  const repository = name.replace(/:1$/, '');
  const { images } = await services.images.list({});
  for (const record of images.filter((image) => image.name.startsWith(repository))) {
    const flaw = await flawOf(services, record.name).catch(String);
    if (flaw !== undefined) return `${record.name} is visible, but ${flaw}`;
  }
  const { image } = await services.kubelet.imageStatus({ image: { image: name } });
  const flaw = image === undefined ? undefined : await flawOf(services, name).catch(String);
  return flaw === undefined ? undefined : `the kubelet sees ${name}, but ${flaw}`;
}

/** What is wrong after an import that says it succeeded. */
export async function finalFlaw(image: OrderedImage, place: Place, unpack: boolean): Promise<string | undefined> {
  const services = place.connection.services();
  const seen = await services.kubelet.imageStatus({ image: { image: image.name } });
  if (seen.image === undefined) return 'the kubelet does not see the image';
  const flaw = await flawOf(services, image.name).catch(String);
  if (flaw !== undefined) return flaw;
  if (unpack) await mountOnce(image, place);
  return undefined;
}

/** Throws when containerd cannot make a container's root of it. */
async function mountOnce({ name }: OrderedImage, { daemon }: Place): Promise<void> {
  const target = `${daemon.directory}/mounted`;
  await mkdir(target, { recursive: true });
  await daemon.ctr('images', 'mount', name, target);
  await daemon.ctr('images', 'unmount', '--rm', target);
}

/**
 * Takes the image away and ends the leases that killed imports left, as time would. What is there after that nothing would
 * ever remove.
 */
export async function leftovers({ name }: OrderedImage, { connection, daemon }: Place): Promise<readonly string[]> {
  const services = connection.services();
  const flaws = await endLeases(services);
  await removeImage(services, name);
  await collectGarbage(services);
  return [...flaws, ...(await contentOf(services, daemon))];
}

const longestMs = 3600 * 1000;

/** Every lease of an import must end by itself, within the hour. */
async function endLeases({ leases }: Services): Promise<string[]> {
  const flaws: string[] = [];
  for (const { id, labels } of (await leases.list({})).leases) {
    if (!id.startsWith('enbi-import-')) continue;
    const leftMs = Date.parse(labels['containerd.io/gc.expire'] ?? '') - Date.now();
    if (!(leftMs <= longestMs)) flaws.push(`lease ${id} does not expire within the hour`);
    await leases.delete({ id });
  }
  return flaws;
}
