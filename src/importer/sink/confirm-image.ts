import { TransientError } from '../../errors.ts';
import type { NodeImages } from '../ports.ts';

/** The runtime's kubelet side learns of images by events, a few ms later, 0.5 s on a busy node; together these waits are 15 s. */
const waitsMs = [5, 10, 20, 40, 75, 150, 300, 500, 700, 1000, 2000, 3000, 3000, 4000];

export type Wait = (milliseconds: number) => Promise<void>;

/**
 * Until the kubelet would find the image under exactly this text. Throws TransientError `ImageNotConfirmed` otherwise:
 * records alone are no proof (containerd#13890).
 */
export async function confirmImage(name: string, imageId: string, images: NodeImages, wait: Wait): Promise<void> {
  let found: string | undefined;
  for (const milliseconds of [0, ...waitsMs]) {
    await wait(milliseconds);
    found = (await images.kubeletImage(name))?.id;
    if (found === imageId) {
      return;
    }
  }
  const what = found === undefined ? 'does not know it' : `has ${found} under that name instead of ${imageId}`;
  throw new TransientError('ImageNotConfirmed', `${name} was loaded, but the kubelet's runtime ${what}`);
}
