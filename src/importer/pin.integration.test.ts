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

const imageName = 'r.example/team/pinned:1';
const isPinned = async () => (await images.kubeletImage(imageName))?.pinned;

async function imported(by: string, seconds: number) {
  const outPath = await pod.built(by, dockerArchiveOf(anImage()));
  const order = { outPath, imageName, pin: { by, seconds } };
  expect(await pod.import(order)).toMatchObject({ exitCode: 0 });
  await expect.poll(isPinned, { timeout: 60_000 }).toBe(true);
  return order;
}

test('what an import has pinned is pinned until its holder is stopped', async () => {
  const order = await imported('stopped', 600);
  const stop = new AbortController();
  const held = pod.pin(order, stop.signal);
  await expect.poll(() => pod.lines.join()).toContain('stays pinned');
  expect(await isPinned()).toBe(true);
  stop.abort();
  expect(await held).toEqual({ exitCode: 0, result: undefined });
  await expect.poll(isPinned, { timeout: 60_000 }).toBe(false);
  expect(await daemon.ctr('images', 'list', `name==${imageName}`)).not.toContain('pinned-');
});

test('a holder whose time is over takes the pin off by itself', async () => {
  expect(await pod.pin(await imported('timed', 1), new AbortController().signal)).toMatchObject({ exitCode: 0 });
  await expect.poll(isPinned, { timeout: 60_000 }).toBe(false);
});

test('a holder that was killed leaves a pin that the next import takes off, once it is past its date', async () => {
  await imported('killed', 1);
  const outPath = await pod.built('next', dockerArchiveOf(anImage()));
  await expect
    .poll(
      async () => {
        await pod.import({ outPath, imageName: 'r.example/team/next:1' });
        return await isPinned();
      },
      { timeout: 60_000 },
    )
    .toBe(false);
});

test('a holder does not take off what a later import has pinned', async () => {
  const first = await imported('first', 600);
  await imported('later', 600);
  expect(await pod.pin(first, AbortSignal.abort())).toMatchObject({ exitCode: 0 });
  expect(await images.record(imageName)).toMatchObject({ labels: { 'enbi.hrzn.ee/pinned-by': 'later' } });
});

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
    exitCode: 0,
  });
  await expect.poll(async () => (await images.kubeletImage(own))?.pinned, { timeout: 60_000 }).toBe(true);
  expect(await images.record(own)).toMatchObject({ target, labels: { 'a.example/b': 'c' } });
  // Nobody's import takes a tag of its repository from now on, whatever a mirror calls it.
  const taken = await pod.import({ outPath, imageName: 'r.example/mirror/enbi:2' });
  expect(taken.result).toMatchObject({ reason: 'NameConflict' });
  // The same content under another name is pinned with it: the next test's is.
  await images.removeLabels(own, ['io.cri-containerd.pinned']);
});

test('a holder waits for a runtime that is just being restarted', async () => {
  const order = await imported('restarted', 600);
  const restarted = daemon.restart();
  const held = pod.pin(order, AbortSignal.abort());
  await restarted;
  expect(await held).toMatchObject({ exitCode: 0 });
  await expect.poll(isPinned, { timeout: 60_000 }).toBe(false);
});
