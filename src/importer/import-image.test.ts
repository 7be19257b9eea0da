import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Sha256Digest } from '../api/result.ts';
import { TransientError } from '../errors.ts';
import { FakeNodeImages } from './fake-node-images.ts';
import { importImage } from './import-image.ts';
import { parseImageConfig } from './source/image-config.ts';
import type { Layer, Source } from './source/source.ts';

const owner = { namespace: 'team-a', name: 'app-1', uid: 'u1' };
const job = { owner, imageName: 'r.example/team/app:1', system: 'x86_64-linux' };

interface Wishes {
  readonly contents?: readonly string[];
  readonly architecture?: string;
  /** Instead of the content whose digest is given. */
  readonly spoiled?: string;
}

function aSource({ contents = ['bottom', 'top'], architecture = 'amd64', spoiled }: Wishes = {}): Source {
  const layers = contents.map((text, at): Layer => {
    const digest = digestOf(text);
    const open = async function* () {
      yield Buffer.from(spoiled === undefined ? text : spoiled);
    };
    return { digest, diffId: digest, sizeBytes: text.length, origin: 'read', compression: 'none', position: -at, open };
  });
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = parseImageConfig(Buffer.from(JSON.stringify({ os: 'linux', architecture, rootfs })));
  return { config, layers, [Symbol.asyncDispose]: async () => {} };
}

function digestOf(text: string): Sha256Digest {
  return Sha256Digest.parse(`sha256:${createHash('sha256').update(text).digest('hex')}`);
}

function depsOf(images: FakeNodeImages, source = aSource()) {
  const lines: string[] = [];
  let now = 0;
  const output = { print: (line: string) => void lines.push(line), now: () => (now += 400) };
  return {
    images,
    output,
    lines,
    stop: new AbortController().signal,
    wait: async () => {},
    openSource: async () => source,
  };
}

describe('importing', () => {
  test('writes manifest, config, layers in reading order, then the names, the tag last', async () => {
    const images = new FakeNodeImages();
    const { imageDigest } = await importImage(job, depsOf(images));
    const config = [...images.blobs.values()][1]?.digest;
    expect(images.log).toEqual([
      expect.stringMatching(/^lease enbi-import-/),
      `write ${imageDigest}`,
      `write ${config}`,
      `write ${digestOf('top')}`,
      `write ${digestOf('bottom')}`,
      `name r.example/team/app@${imageDigest}`,
      'name r.example/team/app:1',
      expect.stringMatching(/^end enbi-import-/),
    ]);
  });

  test('counts what was sent', async () => {
    const images = new FakeNodeImages();
    const first = await importImage(job, depsOf(images));
    expect(first).toMatchObject({ layers: 2, layersSent: 2, bytesSent: first.imageSize });
    const changed = await importImage(job, depsOf(images, aSource({ contents: ['bottom', 'other top'] })));
    expect(changed).toMatchObject({ layers: 2, layersSent: 1 });
    expect(await importImage(job, depsOf(images, aSource({ contents: ['bottom', 'other top'] })))).toMatchObject({
      layersSent: 0,
      bytesSent: 0,
    });
  });

  test('sends a layer that stands in the image twice once', async () => {
    const images = new FakeNodeImages();
    const result = await importImage(job, depsOf(images, aSource({ contents: ['same', 'same'] })));
    expect(result).toMatchObject({ layers: 2, layersSent: 1 });
  });

  test('prints at most a line a second', async () => {
    const deps = depsOf(new FakeNodeImages(), aSource({ contents: ['a', 'b', 'c', 'd', 'e', 'f'] }));
    await importImage(job, deps);
    expect(deps.lines.length).toBeGreaterThan(1);
    expect(deps.lines.length).toBeLessThan(6);
    expect(deps.lines[0]).toBe('[enbi] progress: 0/6 layers sent, 0.0/0.0 MiB');
  });

  test('waits for the kubelet’s side', async () => {
    const images = new FakeNodeImages();
    images.confirmationDelay = 5;
    await expect(importImage(job, depsOf(images))).resolves.toMatchObject({ ok: true });
  });

  test('does not wait for ever', async () => {
    const images = new FakeNodeImages();
    images.confirmationDelay = 1000;
    await expect(importImage(job, depsOf(images))).rejects.toMatchObject({ reason: 'ImageNotConfirmed' });
  });
});

describe('unpacking', () => {
  const unpacking = { ...job, unpackInto: 'overlayfs' };
  const [bottom, top] = [digestOf('bottom'), digestOf('top')];
  const inOrder = (source = aSource()) => ({
    ...source,
    layers: source.layers.map((layer) => ({ ...layer, position: 0 })),
  });

  test('follows the layers from the bottom up, and then keeps the snapshots with the config', async () => {
    const images = new FakeNodeImages();
    expect(await importImage(unpacking, depsOf(images, inOrder()))).toMatchObject({ layersUnpacked: 2 });
    expect(images.log.slice(3, -3)).toEqual([
      `write ${bottom}`,
      `unpack ${bottom}`,
      `write ${top}`,
      `unpack ${top}`,
      expect.stringMatching(/^label sha256:/),
    ]);
    const chainId = digestOf(`${bottom} ${top}`);
    expect([...images.snapshots]).toEqual([bottom, chainId]);
    const config = [...images.blobs.values()][1];
    expect(config?.labels['containerd.io/gc.ref.snapshot.overlayfs']).toBe(chainId);
  });

  test('waits for the layers below, whatever the order in which they come', async () => {
    const images = new FakeNodeImages();
    expect(await importImage(unpacking, depsOf(images))).toMatchObject({ layersUnpacked: 2 });
    expect([...images.snapshots]).toHaveLength(2);
  });

  test('is not done again, and of an image with another top layer for that one alone', async () => {
    const images = new FakeNodeImages();
    await importImage(unpacking, depsOf(images));
    const before = images.log.length;
    expect(await importImage(unpacking, depsOf(images))).toMatchObject({ layersUnpacked: 0 });
    expect(images.log.slice(before)).toEqual([expect.stringMatching(/^lease/), expect.stringMatching(/^end/)]);
    const changed = depsOf(images, aSource({ contents: ['bottom', 'other top'] }));
    expect(await importImage(unpacking, changed)).toMatchObject({ layersUnpacked: 1 });
  });

  test('that fails is told, and the image is loaded all the same', async () => {
    const images = new FakeNodeImages();
    const result = await importImage({ ...job, unpackInto: 'none-such' }, depsOf(images));
    expect(result).toMatchObject({ ok: true, layersUnpacked: 0, unpackFailure: 'there is no snapshotter none-such' });
    expect(images.records.has(job.imageName)).toBe(true);
  });

  test('ends with an import that fails', async () => {
    const images = new FakeNodeImages();
    const spoiled = aSource({ spoiled: 'else!!' });
    await expect(importImage(unpacking, depsOf(images, spoiled))).rejects.toMatchObject({ reason: 'DigestMismatch' });
    expect(images.log.filter((change) => change.startsWith('unpack'))).toEqual([]);
  });

  test('is left to the runtime without an order', async () => {
    const images = new FakeNodeImages();
    expect(await importImage(job, depsOf(images))).not.toHaveProperty('layersUnpacked');
    expect(images.snapshots.size).toBe(0);
  });
});

async function undisturbed(): Promise<FakeNodeImages> {
  const images = new FakeNodeImages();
  await importImage(job, depsOf(images));
  return images;
}

describe('interrupted before any one of its changes', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    '(%i) an import shows nothing unfinished and is completed by the next',
    async (change) => {
      const images = new FakeNodeImages();
      images.failAtChange = change;
      await expect(importImage(job, depsOf(images))).rejects.toBeInstanceOf(TransientError);
      expectOnlyWholeImages(images);
      await importImage(job, depsOf(images));
      const expected = await undisturbed();
      expect(images.records).toEqual(expected.records);
      expect(images.blobs).toEqual(expected.blobs);
    },
  );

  test('an import leaves its lease, which keeps what was sent for the next', async () => {
    const images = new FakeNodeImages();
    images.failAtChange = 4;
    await importImage(job, depsOf(images)).catch(() => {});
    expect(images.leases.size).toBe(1);
  });

  test('a Pod that is stopped leaves none, and the next import ends well', async () => {
    const images = new FakeNodeImages();
    images.confirmationDelay = 100;
    const stop = new AbortController();
    const deps = { ...depsOf(images), stop: stop.signal, wait: async () => stop.abort() };
    await expect(importImage(job, deps)).rejects.toMatchObject({ name: 'TransientError', reason: 'PodLost' });
    expect(images.leases.size).toBe(0);
    images.confirmationDelay = 0;
    await importImage(job, depsOf(images));
  });
});

function expectOnlyWholeImages(images: FakeNodeImages): void {
  for (const { target } of images.records.values()) {
    const manifest: { config: { digest: string }; layers: { digest: string }[] } = JSON.parse(
      images.blobs.get(target.digest)?.content.toString() ?? '',
    );
    for (const { digest } of [manifest.config, ...manifest.layers]) {
      expect(images.blobs.has(digest)).toBe(true);
    }
  }
}

describe('is refused', () => {
  test.each([
    ['a name without host', { ...job, imageName: 'app:1' }, {}, 'InvalidImageName'],
    ['a name with a digest', { ...job, imageName: `r.example/a:1@${digestOf('')}` }, {}, 'InvalidImageName'],
    ['another platform', job, { architecture: 'arm64' }, 'PlatformMismatch'],
  ])('%s, before anything is changed', async (_, job, wishes: Wishes, reason) => {
    const images = new FakeNodeImages();
    await expect(importImage(job, depsOf(images, aSource(wishes)))).rejects.toMatchObject({ reason });
    expect(images.log).toEqual([]);
  });

  test('a layer that is not what its digest says; neither record nor lease is left', async () => {
    const images = new FakeNodeImages();
    const refused = importImage(job, depsOf(images, aSource({ spoiled: 'other' })));
    await expect(refused).rejects.toMatchObject({ name: 'UserError', reason: 'DigestMismatch' });
    expect(images.records.size).toBe(0);
    expect(images.leases.size).toBe(0);
  });

  test('a layer whose size is not that of the blob with its digest', async () => {
    const images = new FakeNodeImages();
    await importImage(job, depsOf(images));
    const [layer, ...others] = aSource().layers;
    const lying = { ...aSource(), layers: layer === undefined ? [] : [{ ...layer, sizeBytes: 7 }, ...others] };
    await expect(importImage(job, depsOf(images, lying))).rejects.toMatchObject({ reason: 'DigestMismatch' });
  });
});

function foreign(digest: string, labels: Readonly<Record<string, string>> = {}): FakeNodeImages {
  const images = new FakeNodeImages();
  images.records.set(job.imageName, { name: job.imageName, target: { mediaType: '', digest, sizeBytes: 1 }, labels });
  return images;
}

function ofTeam(namespace: string) {
  return { 'enbi.hrzn.ee/managed': 'true', 'enbi.hrzn.ee/build-namespace': namespace };
}

describe('a name that is taken', () => {
  test.each([
    ['by someone else', {}],
    ['by another namespace', ofTeam('team-b')],
    ['by someone who knows our labels half', { 'enbi.hrzn.ee/build-namespace': 'team-a' }],
  ])('%s is refused before anything is changed', async (_, labels) => {
    const images = foreign(digestOf('foreign'), labels);
    const before = new Map(images.records);
    await expect(importImage(job, depsOf(images))).rejects.toMatchObject({ name: 'UserError', reason: 'NameConflict' });
    expect(images.log).toEqual([]);
    expect(images.records).toEqual(before);
  });

  test('is refused in the same words, whoever has it', async () => {
    const messages = [{}, ofTeam('team-b')].map((labels) =>
      importImage(job, depsOf(foreign(digestOf('foreign'), labels))).catch((thrown: Error) => thrown.message),
    );
    const words = `no image is loaded under ${job.imageName}: the name is taken; use another name or tag`;
    expect(await Promise.all(messages)).toEqual([words, words]);
  });

  test.each(['registry.k8s.io/kube-proxy:v1', 'docker.io/library/nginx:1', 'r.example/mirror/pause:3'])(
    'by the whole cluster is not even looked for: %s',
    async (imageName) => {
      const images = new FakeNodeImages();
      const refused = importImage({ ...job, imageName }, depsOf(images));
      await expect(refused).rejects.toMatchObject({ name: 'UserError', reason: 'NameConflict' });
      expect(images.log).toEqual([]);
    },
  );

  test('is not when the administrator has opened its host', async () => {
    const images = new FakeNodeImages();
    const open = { ...job, imageName: 'ghcr.io/team/app:1', openHosts: ['ghcr.io/team'] };
    await importImage(open, depsOf(images));
    expect([...images.records.keys()]).toContain('ghcr.io/team/app:1');
  });

  test('by the own namespace is moved', async () => {
    const images = foreign(digestOf('ours, older'), ofTeam('team-a'));
    const { imageDigest } = await importImage(job, depsOf(images));
    expect(images.records.get(job.imageName)).toMatchObject({
      target: { digest: imageDigest },
      labels: { 'enbi.hrzn.ee/build-uid': 'u1' },
    });
  });

  test('by an earlier NixBuild of the namespace becomes the later one’s', async () => {
    const images = new FakeNodeImages();
    await importImage(job, depsOf(images));
    await importImage({ ...job, owner: { ...owner, uid: 'u2' } }, depsOf(images));
    expect(images.records.get(job.imageName)?.labels['enbi.hrzn.ee/build-uid']).toBe('u2');
  });

  test('by someone else with the same image is left as it is', async () => {
    const images = new FakeNodeImages();
    const { imageDigest } = await importImage(job, depsOf(images));
    const same = foreign(imageDigest);
    await importImage(job, depsOf(same));
    expect(same.records.get(job.imageName)?.labels).toEqual({});
  });

  test('with its whole repository, by who pinned an image of it while the layers were being sent', async () => {
    const images = new FakeNodeImages();
    const [first] = aSource().layers;
    const pinning = async function* () {
      const target = { mediaType: '', digest: digestOf('sandbox'), sizeBytes: 1 };
      const labels = { 'io.cri-containerd.pinned': 'pinned' };
      images.records.set('r.example/team/app:0', { name: 'r.example/team/app:0', target, labels });
      yield Buffer.from('bottom');
    };
    const source = {
      ...aSource({ contents: ['bottom'] }),
      layers: first === undefined ? [] : [{ ...first, open: pinning }],
    };
    await expect(importImage(job, depsOf(images, source))).rejects.toMatchObject({ reason: 'NameConflict' });
    expect([...images.records.keys()]).toEqual(['r.example/team/app:0']);
  });

  test('while the layers were being sent is not overwritten either', async () => {
    const images = new FakeNodeImages();
    const [first] = aSource().layers;
    const intruding = async function* () {
      const target = { mediaType: '', digest: digestOf('foreign'), sizeBytes: 1 };
      images.records.set(job.imageName, { name: job.imageName, target, labels: {} });
      yield Buffer.from('bottom');
    };
    const source = {
      ...aSource({ contents: ['bottom'] }),
      layers: first === undefined ? [] : [{ ...first, open: intruding }],
    };
    await expect(importImage(job, depsOf(images, source))).rejects.toMatchObject({ reason: 'NameConflict' });
    expect(images.records.get(job.imageName)?.target.digest).toBe(digestOf('foreign'));
  });
});

describe('an image that is to stay until its Pods have started', () => {
  const pinned = { ...job, pin: { by: 'job-1', seconds: 600 } };
  const labelsOf = (images: FakeNodeImages) => images.records.get(job.imageName)?.labels;
  const pin = (by: string) => ({
    'io.cri-containerd.pinned': 'pinned',
    'enbi.hrzn.ee/pinned-by': by,
    'enbi.hrzn.ee/pinned-until': expect.stringMatching(/^1970-01-01T00:10:0/),
  });

  test('is pinned in the step that gives it its name, and by that name alone', async () => {
    const images = new FakeNodeImages();
    const { imageDigest } = await importImage(pinned, depsOf(images));
    expect(labelsOf(images)).toMatchObject(pin('job-1'));
    expect(images.log).not.toContainEqual(expect.stringMatching(/^rename/));
    const { labels } = images.records.get(`r.example/team/app@${imageDigest}`) ?? {};
    expect(Object.keys(labels ?? {}).filter((label) => label.includes('pin'))).toEqual([]);
  });

  test('is pinned also when it is there, and then by the later import', async () => {
    const images = await undisturbed();
    await importImage(pinned, depsOf(images));
    await importImage({ ...pinned, pin: { by: 'job-2', seconds: 600 } }, depsOf(images));
    expect(labelsOf(images)).toMatchObject(pin('job-2'));
  });

  test('keeps the pin of somebody else as it is', async () => {
    const images = await undisturbed();
    const record = images.records.get(job.imageName);
    if (record === undefined) throw new Error('no record');
    const labels = { ...record.labels, 'io.cri-containerd.pinned': 'pinned' };
    images.records.set(job.imageName, { ...record, labels });
    await importImage({ ...pinned, owner: { ...owner, uid: 'u2' } }, depsOf(images));
    expect(labelsOf(images)).toEqual({ ...labels, 'enbi.hrzn.ee/build-uid': 'u2' });
  });

  test('is not pinned when the name is somebody else’s for the same image', async () => {
    const { imageDigest } = await importImage(job, depsOf(new FakeNodeImages()));
    const same = foreign(imageDigest);
    await importImage(pinned, depsOf(same));
    expect(labelsOf(same)).toEqual({});
  });

  test('is loaded after the pins were taken off that are past their date', async () => {
    const images = new FakeNodeImages();
    const [name, target] = ['r.example/left:1', { mediaType: '', digest: 'sha256:x', sizeBytes: 1 }];
    const labels = { ...pin('killed'), 'enbi.hrzn.ee/pinned-until': '1969-12-31T23:59:59.000Z', other: '1' };
    images.records.set(name, { name, target, labels });
    await importImage(job, depsOf(images));
    expect(images.records.get(name)?.labels).toEqual({ other: '1' });
    expect(images.log[0]).toBe(`unlabel ${name}`);
  });
});
