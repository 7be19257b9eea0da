import { ownImage } from '../../api/labels.ts';
import { nameKeyOf, repositoryKeyOf } from '../../image-name/name-key.ts';
import type { ImageRecord, NodeImages } from '../ports.ts';
import { recordLabel } from './name-image.ts';
import { pinLabel } from './pin.ts';

const mark = { [pinLabel.pinned]: 'pinned', [ownImage]: 'true' };

/**
 * Pins enbi's own image where it works, and takes the pin off the versions before. Between builds no container uses the image, so a
 * kubelet that is short of disk collects it; where none can pull it, nothing is built there any more. Only under a name that the node
 * has and that no build has made; a pin of somebody else's stays theirs.
 */
export async function pinOwnImage(name: string, images: NodeImages): Promise<void> {
  const [own, ...rest] = await found(name, images);
  const marked = await images.recordsWith(ownImage);
  const ours = [own, ...rest].map((record) => record?.name);
  for (const record of marked.filter((each) => !ours.includes(each.name))) await unmark(record, images);
  if (own === undefined || own.labels[pinLabel.pinned] !== undefined) return;
  await images.addLabels(own.name, mark);
}

async function found(name: string, images: NodeImages): Promise<readonly ImageRecord[]> {
  const records: ImageRecord[] = [];
  for (const text of namesOf(name)) {
    const record = await images.record(text);
    if (record === undefined || record.labels[recordLabel.managed] !== undefined) continue;
    if (isOf(record, digestIn(name))) records.push(record);
  }
  return records;
}

/** A tag beside a digest says nothing: it may mean another version by now. */
function isOf({ name, target }: ImageRecord, digest: string | undefined): boolean {
  return digest === undefined || name.endsWith(`@${digest}`) || target.digest === digest;
}

/** As a Job may write it, and as the runtime keeps it: with a registry's name, and with a digest alone beside a tag. */
function namesOf(name: string): readonly string[] {
  const digest = digestIn(name);
  const byDigest = digest === undefined ? undefined : `${repositoryKeyOf(name)}@${digest}`;
  return [...new Set([name, nameKeyOf(name), byDigest])].filter((text) => text !== undefined);
}

function digestIn(name: string): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(name)?.[1];
}

async function unmark({ name }: ImageRecord, images: NodeImages): Promise<void> {
  await images.removeLabels(name, Object.keys(mark));
}
