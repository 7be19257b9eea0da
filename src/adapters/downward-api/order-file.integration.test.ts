import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KubeletVolume } from '../../../test/support/kubelet-volume.ts';
import { describeOrderSource } from '../../mailbox/order-source.conformance.ts';
import { orderFile } from './order-file.ts';

let volume: string;
let kubelet: KubeletVolume;

beforeEach(async () => {
  volume = await mkdtemp(join(tmpdir(), 'enbi-orders-'));
  kubelet = new KubeletVolume(volume);
});
afterEach(() => rm(volume, { recursive: true }));

const write = (text: string) => kubelet.write('orders.json', text);

const source = () => orderFile(join(volume, 'orders.json'));

describeOrderSource('orders as a kubelet writes them', () => ({ source: source(), write }));

it('reads either list and never a part of one while they are swapped', async () => {
  const texts = ['a', 'b'].map((letter) => letter.repeat(150_000));
  await write(texts[0] ?? '');
  const seen = new Set<string | undefined>();
  const over = new AbortController();
  const reading = (async () => {
    while (!over.signal.aborted) seen.add(await source().read());
  })();
  for (let at = 1; at <= 50; at++) await write(texts[at % 2] ?? '');
  over.abort();
  await reading;
  // Gone between the link and the file: looked at again.
  seen.delete(undefined);
  expect([...seen].every((text) => texts.includes(text ?? ''))).toBe(true);
});

it('reads no more of a list than shows that it is too long', async () => {
  await write('x'.repeat(1_000_000));
  expect((await source().read())?.length).toBe(192 * 1024 + 1);
});

it('lives without the directory', async () => {
  const nowhere = orderFile(join(volume, 'missing', 'orders.json'));
  nowhere.subscribe(() => {})();
  expect(await nowhere.read()).toBeUndefined();
});
