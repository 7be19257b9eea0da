import { describe, expect, test } from 'vitest';
import { FakeNodeImages } from '../fake-node-images.ts';
import type { Labels } from '../ports.ts';
import { pinLabels, unpin, unpinExpired } from './pin.ts';

const noon = new Date('2026-11-23T12:00:00.000Z');
const later = new Date('2026-11-23T12:10:00.000Z');
const pinned = { 'io.cri-containerd.pinned': 'pinned' };
const own = { 'enbi.hrzn.ee/managed': 'true' };
const name = 'r.example/team/app:1';

function labelled(labels: Labels): FakeNodeImages {
  const images = new FakeNodeImages();
  images.records.set(name, { name, target: { mediaType: '', digest: 'sha256:x', sizeBytes: 1 }, labels });
  return images;
}

function labelsIn(images: FakeNodeImages): Labels | undefined {
  return images.records.get(name)?.labels;
}

describe('a pin is taken off', () => {
  test('by its holder, with all of its labels and no other', async () => {
    const images = labelled({ ...own, ...pinLabels({ by: 'job-1', until: later }) });
    await unpin(name, 'job-1', images);
    expect(labelsIn(images)).toEqual(own);
  });

  test.each([
    ['a pin of another holder', pinLabels({ by: 'job-2', until: noon })],
    ['a pin of somebody else', pinned],
    ['no pin', own],
  ])('by nobody who does not hold it: %s', async (_, labels) => {
    const images = labelled(labels);
    await unpin(name, 'job-1', images);
    expect(labelsIn(images)).toEqual(labels);
    expect(images.log).toEqual([]);
  });

  test('never from a name that is gone', async () => {
    await expect(unpin('r.example/gone:1', 'job-1', labelled({}))).resolves.toBeUndefined();
  });
});

describe('a pin that nobody holds any more', () => {
  test.each([
    ['past its date', pinLabels({ by: 'job-1', until: noon })],
    [
      'without a date that can be read',
      { ...pinLabels({ by: 'job-1', until: noon }), 'enbi.hrzn.ee/pinned-until': 'soon' },
    ],
  ])('is taken off by whoever comes by: %s', async (_, labels) => {
    const images = labelled({ ...own, ...labels });
    expect(await unpinExpired(noon, images)).toEqual([name]);
    expect(labelsIn(images)).toEqual(own);
  });

  test.each([
    ['before its date', pinLabels({ by: 'job-1', until: later })],
    ['somebody else’s, which has none', pinned],
  ])('is not taken for one that is held: %s', async (_, labels) => {
    const images = labelled(labels);
    expect(await unpinExpired(noon, images)).toEqual([]);
    expect(labelsIn(images)).toEqual(labels);
  });
});
