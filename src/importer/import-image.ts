import { randomUUID } from 'node:crypto';
import type { ImportOrder } from '../api/order.ts';
import type { ImportSuccess } from '../api/result.ts';
import { TransientError, UserError } from '../errors.ts';
import { type ImageName, parseImageTag } from '../image-name/image-name.ts';
import { refuseProtectedName } from '../image-name/protected-name.ts';
import { limits } from './limits.ts';
import { checkPlatform } from './platform.ts';
import type { LeasedImages, NodeImages } from './ports.ts';
import { type Output, Progress } from './progress.ts';
import { confirmImage, type Wait } from './sink/confirm-image.ts';
import { type MadeImage, makeImage } from './sink/made-image.ts';
import { checkName, nameImage } from './sink/name-image.ts';
import { type Pin, unpinExpired } from './sink/pin.ts';
import { type SendDeps, type Sent, sendBlobs } from './sink/send-blobs.ts';
import { ImageUnpacker, type Unpacked } from './sink/unpack-image.ts';
import type { Source } from './source/source.ts';
import { whenStopped } from './stopped.ts';

/** Longer than an import may take; what an import that was killed has sent so far is kept that long for the next. */
const leaseMs = 3600 * 1000;

export interface ImportDeps {
  readonly images: NodeImages;
  readonly output: Output;
  readonly wait: Wait;
  /** Aborted when the Pod is stopped. */
  readonly stop: AbortSignal;
  openSource(): Promise<Source>;
}

type Job = Pick<ImportOrder, 'owner' | 'imageName' | 'system' | 'pin' | 'unpackInto' | 'openHosts'>;

/** From the built archive to an image the kubelet sees. Run again after any interruption, it goes on where it was. */
export async function importImage(job: Job, deps: ImportDeps): Promise<ImportSuccess> {
  const name = parseImageTag(job.imageName);
  refuseProtectedName(name, { openHosts: job.openHosts ?? [] });
  await using source = await deps.openSource();
  checkPlatform(source.config, job.system);
  const image = makeImage(source, name);
  checkSize(image);
  await checkName(name, image.manifest.digest, { owner: job.owner, images: deps.images });
  await unpinExpired(new Date(deps.output.now()), deps.images);
  const sent = await underLease(deps, job.owner.namespace, async (leased) => {
    const send = { images: leased, progress: new Progress(deps.output), sideBySide: source.sideBySide === true };
    const sent =
      job.unpackInto === undefined
        ? await sendBlobs(image, name, send)
        : await sendAndUnpack(image, name, { ...send, snapshotter: job.unpackInto });
    await checkComplete(image, leased);
    const pin = pinOf(job, deps.output);
    await nameImage(image, name, { owner: job.owner, images: deps.images, leased, pin });
    await confirmImage(job.imageName, image.config.digest, deps.images, deps.wait);
    return sent;
  });
  const { manifest, sizeBytes, layers } = image;
  return { ok: true, imageDigest: manifest.digest, imageSize: sizeBytes, layers: layers.length, ...sent };
}

function pinOf({ pin }: Job, output: Output): Pin | undefined {
  return pin === undefined ? undefined : { by: pin.by, until: new Date(output.now() + pin.seconds * 1000) };
}

/** Each layer is unpacked while those above it are still being sent. */
async function sendAndUnpack(
  image: MadeImage,
  name: ImageName,
  { snapshotter, ...send }: SendDeps & { readonly snapshotter: string },
): Promise<Sent & Unpacked> {
  const unpacker = new ImageUnpacker(image, send.images, snapshotter);
  try {
    const sent = await sendBlobs(image, name, { ...send, arrived: (digests) => unpacker.arrived(digests) });
    return { ...sent, ...(await unpacker.ended()) };
  } finally {
    unpacker.stop();
    await unpacker.ended();
  }
}

function checkSize({ sizeBytes }: MadeImage): void {
  if (sizeBytes > limits.contentBytes) {
    throw new UserError('ImageTooLarge', `the image has ${sizeBytes} bytes, at most ${limits.contentBytes} are loaded`);
  }
}

/** The runtime takes a manifest for an image even when its layers are missing, so this is where that is ruled out. */
async function checkComplete({ config, manifest, layers }: MadeImage, leased: LeasedImages): Promise<void> {
  const digests = [manifest, config, ...layers].map(({ digest }) => digest);
  const there = await leased.blobs(digests);
  const gone = digests.find((digest) => !there.has(digest));
  if (gone !== undefined) {
    throw new TransientError('ContainerdUnavailable', `${gone} was collected while the image was being loaded`);
  }
}

/**
 * After a passing failure the lease is left to expire: it keeps what was sent for the next attempt. Who stops the Pod may
 * want no other, so nothing is left then.
 */
async function underLease<T>(
  { images, output, stop }: ImportDeps,
  tenant: string,
  work: (leased: LeasedImages) => Promise<T>,
): Promise<T> {
  const leased = await images.lease(`enbi-import-${randomUUID()}`, new Date(output.now() + leaseMs), tenant);
  try {
    const result = await Promise.race([work(leased), whenStopped(stop)]);
    await leased.end();
    return result;
  } catch (thrown) {
    if (!(thrown instanceof TransientError) || stop.aborted) {
      await leased.end().catch(() => {});
    }
    throw thrown;
  }
}
