import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureComponents } from '../../cluster/components.ts';
import { startContainerd, type TestContainerd } from '../../test/support/containerd.ts';
import { anImage, dockerArchiveOf } from '../../test/support/images.ts';
import { anImportPod, type ImportPod } from '../../test/support/import-pod.ts';
import { containerdImages } from '../adapters/containerd/containerd.ts';
import type { NodeImages } from './ports.ts';

let daemon: TestContainerd;
let images: NodeImages;
let pod: ImportPod;

beforeAll(async () => {
  const { bin } = await ensureComponents(() => {});
  daemon = await startContainerd(bin);
  images = containerdImages(daemon.socket);
  pod = await anImportPod(daemon.socket);
});

afterAll(async () => {
  images.close();
  await pod[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

const imageName = 'r.example/team/app:1';

test("enbi's own image is pinned by an import, for good", async () => {
  const own = 'r.example/mirror/enbi:1';
  const outPath = await pod.built('own', dockerArchiveOf(anImage()));
  await pod.import({ outPath, imageName });
  const { target } = (await images.record(imageName)) ?? {};
  if (target === undefined) throw new Error(`${imageName} is not there`);
  const leased = await images.lease('own-image', new Date(Date.now() + 60_000), 'team');
  await leased.createRecord({ name: own, target, labels: { 'a.example/b': 'c' } });
  await leased.end();
  expect(await pod.import({ outPath, imageName: 'r.example/team/beside:1', ownImage: own })).toMatchObject({
    ok: true,
  });
  await expect.poll(async () => (await images.kubeletImage(own))?.pinned, { timeout: 60_000 }).toBe(true);
  expect(await images.record(own)).toMatchObject({ target, labels: { 'a.example/b': 'c' } });
  // Nobody's import takes a tag of its repository from now on, whatever a mirror calls it.
  const taken = await pod.import({ outPath, imageName: 'r.example/mirror/enbi:2' });
  expect(taken).toMatchObject({ reason: 'NameConflict' });
});
