import type { ImportOrder } from '../api/order.ts';
import type { NodeImages } from './ports.ts';
import { unpin, unpinExpired } from './sink/pin.ts';

export interface HoldDeps {
  /** Called at the end: beside the image's Pod that starts meanwhile, nothing of this is to run. */
  readonly connect: () => Promise<NodeImages>;
  /** Until the Pod is stopped, or so many seconds are over. */
  readonly hold: (seconds: number) => Promise<void>;
  readonly now: () => Date;
  readonly print: (line: string) => void;
}

/** The image stays pinned while this runs; then the pin goes, and with it whatever others left behind past its date. */
export async function holdPin(order: Pick<ImportOrder, 'imageName' | 'pin'>, deps: HoldDeps): Promise<void> {
  const { imageName, pin } = order;
  if (pin === undefined) return;
  deps.print(`[enbi] ${imageName} stays pinned until its Pods have started, for ${pin.seconds} seconds at most`);
  await deps.hold(pin.seconds);
  const images = await deps.connect();
  try {
    await unpin(imageName, pin.by, images);
    deps.print(`[enbi] ${imageName} is pinned no longer`);
    for (const name of await unpinExpired(deps.now(), images)) {
      deps.print(`[enbi] ${name} is pinned no longer: whoever held it is gone`);
    }
  } finally {
    images.close();
  }
}
