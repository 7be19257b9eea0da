import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeArchive } from './archive.ts';
import { composeImage } from './oci.ts';

const scratch = mkdtempSync(join(tmpdir(), 'enbi-archive-'));
afterAll(() => rmSync(scratch, { recursive: true }));

it('builds that run beside each other may share a layer', async () => {
  const file = join(scratch, 'layer.tar.gz');
  const size = 32 * 2 ** 20;
  writeFileSync(file, Buffer.alloc(size, 1));
  const layer = { digest: `sha256:${'1'.repeat(64)}`, diffId: 'sha256:2', size, unpackedSize: size, file };
  const image = composeImage('amd64', [layer]);
  const archives = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => join(scratch, `${name}.tar`));
  await Promise.all(archives.map((archive) => writeArchive(image, 'enbi.hrzn.ee/enbi:1', archive)));
  const [first = Buffer.of(), ...others] = archives.map((archive) => readFileSync(archive));
  expect(first.length).toBeGreaterThan(size);
  for (const other of others) expect(other.equals(first)).toBe(true);
});
