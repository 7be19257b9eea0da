import { expect, test } from 'vitest';
import { FakeNodeImages } from './fake-node-images.ts';
import { type HoldDeps, holdPin } from './hold-pin.ts';
import { pinLabels } from './sink/pin.ts';

const noon = new Date('2026-11-23T12:00:00.000Z');
const later = new Date('2026-11-23T12:10:00.000Z');
const imageName = 'r.example/team/app:1';

function pinnedUntil(dates: Readonly<Record<string, Date>>): FakeNodeImages {
  const images = new FakeNodeImages();
  for (const [name, until] of Object.entries(dates)) {
    const target = { mediaType: '', digest: 'sha256:x', sizeBytes: 1 };
    images.records.set(name, { name, target, labels: pinLabels({ by: `holder-of-${name}`, until }) });
  }
  return images;
}

function depsOf(images: FakeNodeImages): HoldDeps & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    connect: async () => {
      log.push('connected');
      return images;
    },
    hold: async (seconds) => void log.push(`held ${seconds}`),
    now: () => noon,
    print: (line) => void log.push(line),
  };
}

test('the pin is held first and taken off then, and with it those that others left behind', async () => {
  const images = pinnedUntil({ [imageName]: later, 'r.example/left:1': noon, 'r.example/held:1': later });
  const deps = depsOf(images);
  await holdPin({ imageName, pin: { by: `holder-of-${imageName}`, seconds: 600 } }, deps);
  expect(deps.log).toEqual([
    `[enbi] ${imageName} stays pinned until its Pods have started, for 600 seconds at most`,
    'held 600',
    'connected',
    `[enbi] ${imageName} is pinned no longer`,
    '[enbi] r.example/left:1 is pinned no longer: whoever held it is gone',
  ]);
  expect(images.log).toEqual([`unlabel ${imageName}`, 'unlabel r.example/left:1']);
});

test('an order without a pin asks for nothing', async () => {
  const deps = depsOf(new FakeNodeImages());
  await holdPin({ imageName }, deps);
  expect(deps.log).toEqual([]);
});
