import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importHostileArchives } from '../fuzz/archives.ts';
import { root } from '../runner/command.ts';

/** Every recipe twice or more; `npm run fuzz -- --archives` tries more. */
const count = 300;

test(`${count} hostile images are loaded whole or refused by name, and leave nothing`, async () => {
  const keepIn = join(root, '.fuzz');
  const { outcomes, findings } = await importHostileArchives({
    seeds: { from: 1, count },
    keepIn,
    report: (line) => console.info(line),
  });
  expect(findings).toEqual([]);
  // Those of which nothing was spoilt, or nothing that matters; and each way to say no.
  expect([...outcomes.keys()].toSorted()).toEqual([
    'DigestMismatch',
    'ImageTooLarge',
    'InvalidArchive',
    'NotAnImage',
    'PlatformMismatch',
    'ReservedLabel',
    'loaded',
  ]);
});
