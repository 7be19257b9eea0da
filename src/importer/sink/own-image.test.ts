import { expect, test } from 'vitest';
import { FakeNodeImages } from '../fake-node-images.ts';
import type { Labels } from '../ports.ts';
import { pinOwnImage } from './own-image.ts';

const pinned = { 'io.cri-containerd.pinned': 'pinned' };
const own = { ...pinned, 'enbi.hrzn.ee/own-image': 'true' };
const digest = `sha256:${'a'.repeat(64)}`;
const [before, now] = ['enbi.hrzn.ee/enbi:0.1.0', 'enbi.hrzn.ee/enbi:0.2.0'];

function nodeWith(records: Readonly<Record<string, Labels>>): FakeNodeImages {
  const images = new FakeNodeImages();
  for (const [name, labels] of Object.entries(records)) {
    images.records.set(name, { name, target: { mediaType: '', digest, sizeBytes: 1 }, labels });
  }
  return images;
}

function labelsIn({ records }: FakeNodeImages): Readonly<Record<string, Labels>> {
  return Object.fromEntries([...records].map(([name, { labels }]) => [name, labels]));
}

test.each([
  ['as it is written', now, now],
  ['as Docker names it', 'enbi:dev', 'docker.io/library/enbi:dev'],
  ['by its digest', `mirror.example/enbi@${digest}`, `mirror.example/enbi@${digest}`],
  ['by its digest, with a tag beside it', `mirror.example/enbi:1@${digest}`, `mirror.example/enbi@${digest}`],
])('the image that enbi runs is pinned %s, once, and no other', async (_, written, kept) => {
  const images = nodeWith({ [kept]: { a: 'b' }, 'r.example/team/app:1': {} });
  await pinOwnImage(written, images);
  await pinOwnImage(written, images);
  expect(labelsIn(images)).toEqual({ [kept]: { a: 'b', ...own }, 'r.example/team/app:1': {} });
  expect(images.log).toHaveLength(1);
});

test.each<[string, Labels]>([
  ['is not pinned in its place', {}],
  ['is pinned no longer', own],
])('what the tag beside the digest has come to mean %s', async (_, labels) => {
  const [tagged, exact] = ['mirror.example/enbi:1', `mirror.example/enbi@${digest}`];
  const images = nodeWith({ [exact]: {} });
  const target = { mediaType: '', digest: `sha256:${'b'.repeat(64)}`, sizeBytes: 1 };
  images.records.set(tagged, { name: tagged, target, labels });
  await pinOwnImage(`${tagged}@${digest}`, images);
  expect(labelsIn(images)).toEqual({ [tagged]: {}, [exact]: own });
});

test('the version before is pinned no longer', async () => {
  const images = nodeWith({ [before]: { ...own, a: 'b' }, [now]: {} });
  await pinOwnImage(now, images);
  expect(labelsIn(images)).toEqual({ [before]: { a: 'b' }, [now]: own });
});

test.each<[string, Readonly<Record<string, Labels>>]>([
  ['somebody else has pinned it', { [now]: { ...pinned, 'io.cattle.k3s.pinned': 'pinned' } }],
  ['somebody else has pinned the version before', { [before]: pinned, [now]: own }],
  ['it is not there', { 'r.example/team/app:1': {} }],
  ['a build has made what is called so', { [now]: { 'enbi.hrzn.ee/managed': 'true' } }],
])('nothing is changed where %s', async (_, records) => {
  const images = nodeWith(records);
  await pinOwnImage(now, images);
  expect(labelsIn(images)).toEqual(records);
  expect(images.log).toEqual([]);
});
