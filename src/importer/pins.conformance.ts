import { expect, test } from 'vitest';
import { parseImageTag } from '../image-name/image-name.ts';
import { configOf, unique, writtenManifest } from './node-images.conformance.ts';
import type { NodeImages } from './ports.ts';
import { checkName } from './sink/name-image.ts';
import { pinLabel, pinLabels } from './sink/pin.ts';

/** What the importer makes of pins that are not enbi's, whatever runtime is behind the port. */
export function foreignPinsConform(open: () => NodeImages): void {
  const lease = () => open().lease(`conformance-${unique()}`, new Date(Date.now() + 3_600_000), 'team');
  const owner = { namespace: 'team', name: 'web', uid: 'u' };
  const check = (name: string) => checkName(parseImageTag(name), `sha256:${'0'.repeat(64)}`, { owner, images: open() });

  test('no tag of a repository is free of which somebody has pinned an image', async () => {
    const images = await lease();
    const repository = `conformance.example/sandbox-${unique()}`;
    const target = await writtenManifest(images);
    await images.createRecord({ name: `${repository}:1`, target, labels: { [pinLabel.pinned]: 'pinned' } });
    await expect(check(`${repository}:2`)).rejects.toMatchObject({ name: 'UserError', reason: 'NameConflict' });
    await expect(check(`${repository.replace('.example', '.EXAMPLE:443')}:2`)).rejects.toThrow('the name is taken');
    await expect(check(`${repository}-other:2`)).resolves.toBeUndefined();
    await expect(check(`${repository}/below:2`)).resolves.toBeUndefined();
    await open().removeLabels(`${repository}:1`, [pinLabel.pinned]);
    await expect(check(`${repository}:2`)).resolves.toBeUndefined();
    await images.end();
  });

  test('other tags are free of a repository of which enbi has pinned an image', async () => {
    const images = await lease();
    const repository = `conformance.example/team-${unique()}`;
    const labels = pinLabels({ by: 'job-1', until: new Date(Date.now() + 60_000) });
    await images.createRecord({ name: `${repository}:1`, target: await writtenManifest(images), labels });
    await expect(check(`${repository}:2`)).resolves.toBeUndefined();
    await images.end();
  });
}

/** Of runtimes whose kubelet's side knows of pins. */
export function pinsConform(open: () => NodeImages): void {
  const pin = { 'io.cri-containerd.pinned': 'pinned' };

  test('labels of a name that is gone are none', async () => {
    const name = `conformance.example/gone-${unique()}:1`;
    await open().addLabels(name, pin);
    expect(await open().record(name)).toBeUndefined();
  });

  test.each(['from the first', 'later'])(
    'an image is pinned %s while one of its names is, and no longer',
    async (when) => {
      const images = await open().lease(`conformance-${unique()}`, new Date(Date.now() + 3_600_000), 'team');
      const name = `conformance.example/pinned-${unique()}:1`;
      const config = configOf();
      await images.writeBlob(config);
      const target = await writtenManifest(images, config);
      const isPinned = async () => (await open().kubeletImage(name))?.pinned;
      await images.createRecord({ name: `${name}-other`, target, labels: {} });
      await images.createRecord({ name, target, labels: when === 'later' ? {} : pin });
      if (when === 'later') {
        await expect.poll(isPinned, { timeout: 60_000 }).toBe(false);
        await open().addLabels(name, pin);
        expect(await open().record(name)).toMatchObject({ target, labels: pin });
      }
      await expect.poll(isPinned, { timeout: 60_000 }).toBe(true);
      expect((await open().kubeletImage(`${name}-other`))?.pinned).toBe(true);
      await open().removeLabels(name, Object.keys(pin));
      await expect.poll(isPinned, { timeout: 60_000 }).toBe(false);
      expect((await open().kubeletImage(name))?.id).toBe(config.digest);
      await images.end();
    },
  );
}
