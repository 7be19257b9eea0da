import { expect, test } from 'vitest';
import { BuildResult, PrepareResult } from './result.ts';

const path = `/nix/store/${'a'.repeat(32)}-image.tar`;
const built = {
  ok: true,
  drvPath: `${path}.drv`,
  outPath: path,
  format: 'archive',
  derivationsBuilt: 1,
  pathsCopied: 1_000_000_000,
  bytesCopied: 2 ** 50,
  storeSizeBytes: 2 ** 50,
  storeFreeBytes: 0,
};

test('a result may say what a disk can hold', () => {
  expect(BuildResult.safeParse(built).success).toBe(true);
  expect(PrepareResult.safeParse({ ok: true, storeSizeBytes: 1, storeFreeBytes: 2 ** 50 }).success).toBe(true);
});

test.each([
  ['bytesCopied', 2 ** 53 - 1],
  ['storeSizeBytes', 2 ** 50 + 1],
  ['storeFreeBytes', -1],
  ['storeSizeBytes', 1.5],
  ['derivationsBuilt', 2 ** 53 - 1],
])('a result whose %s is %d is none', (field, value) => {
  expect(BuildResult.safeParse({ ...built, [field]: value }).success).toBe(false);
});
