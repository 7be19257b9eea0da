import { pinnedBy, pinnedUntil } from '../../api/labels.ts';
import type { ImageRecord, Labels, NodeImages } from '../ports.ts';

/**
 * The first is containerd's own: the kubelet's garbage collection passes over an image while a name of it carries that label.
 * The others say whose pin it is, and until when. A pin without them is somebody else's, and never touched.
 */
export const pinLabel = {
  pinned: 'io.cri-containerd.pinned',
  by: pinnedBy,
  until: pinnedUntil,
} as const;

export interface Pin {
  /** Who takes it off again. */
  readonly by: string;
  /** When anybody may: its holder was killed, and its node with it perhaps. */
  readonly until: Date;
}

export function pinLabels({ by, until }: Pin): Labels {
  return { [pinLabel.pinned]: 'pinned', [pinLabel.by]: by, [pinLabel.until]: until.toISOString() };
}

export function isPinnedByOthers({ labels }: ImageRecord): boolean {
  return labels[pinLabel.pinned] !== undefined && labels[pinLabel.by] === undefined;
}

/** Takes off the pin of one holder; a later one's on the same name stays, and so does what was never pinned. */
export async function unpin(name: string, by: string, images: NodeImages): Promise<void> {
  const found = await images.record(name);
  if (found?.labels[pinLabel.by] === by) await removePin(found, images);
}

/** Takes off every pin of enbi's that is past its date: what its holder would have done. Returns their names. */
export async function unpinExpired(now: Date, images: NodeImages): Promise<readonly string[]> {
  const ours = await images.recordsWith(pinLabel.until);
  const expired = ours.filter(({ labels }) => !(Date.parse(labels[pinLabel.until] ?? '') > now.getTime()));
  for (const record of expired) await removePin(record, images);
  return expired.map(({ name }) => name);
}

async function removePin({ name }: ImageRecord, images: NodeImages): Promise<void> {
  await images.removeLabels(name, Object.values(pinLabel));
}
