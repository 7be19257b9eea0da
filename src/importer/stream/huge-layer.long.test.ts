import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aStreamScript, inStore, referenceDigests, storePath } from '../../../test/support/stream/stream-image.ts';
import { noMemory } from '../memory/memory.ts';
import { openSource } from '../source/open-source.ts';
import { ReadCount } from '../source/read-count.ts';

const gibibyte = 1024 ** 3;

test('a layer with a file whose size fits no header has the very bytes the script writes', async () => {
  const root = mkdtempSync(join(tmpdir(), 'enbi-huge-'));
  const store = join(root, 'store');
  mkdirSync(inStore(store, storePath('a')), { recursive: true });
  const file = join(inStore(store, storePath('a')), 'file');
  // With a hole: it takes no disk, and reads like any other.
  writeFileSync(file, 'begins');
  truncateSync(file, 8 * gibibyte);
  try {
    const path = await aStreamScript(store, { layers: [['a']] });
    const reading = { system: 'x86_64-linux', memory: noMemory, count: new ReadCount() };
    await using source = await openSource({ root: store, path: inStore(store, path), name: path }, reading);
    const [{ digest, sizeBytes } = {}] = source.layers;
    expect(sizeBytes).toBeGreaterThan(8 * gibibyte);
    expect([{ digest, sizeBytes }]).toEqual(referenceDigests(store));
  } finally {
    rmSync(root, { recursive: true });
  }
});
