import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isReason, reasons } from '../src/api/reasons.ts';
import { isFailure } from '../src/api/retries.ts';
import { checkout } from './support/source-files.ts';

/** What gives reasons: not the lists of them, nor who only reads them. */
const givers = globSync('src/{adapters,builder,importer,cluster-view,controllers,flake-reference,image-name}/**/*.ts', {
  cwd: checkout,
  exclude: ['**/*.test.ts', '**/*.conformance.ts', '**/fake-*.ts'],
}).map((path) => readFileSync(join(checkout, path), 'utf8'));

test.each(reasons)('%s is given by something', (reason) => {
  expect(givers.some((text) => text.includes(`'${reason}'`))).toBe(true);
});

test('what an attempt fails for stands in the table of retries', () => {
  const asFailure =
    /(?:\bfailure|(?:User|Policy|Transient|Internal)Error)\(\s*'(\w+)'|\[\s*'(?:user|transient|internal)',\s*'(\w+)'/g;
  const found = givers.flatMap((text) => [...text.matchAll(asFailure)].map(([, ours, ofNix]) => ours ?? ofNix ?? ''));
  const known = new Set(found.filter(isReason));
  expect(known.size).toBeGreaterThan(30);
  // Of a Pod's annotations: nothing was attempted.
  expect([...known].filter((reason) => !isFailure(reason))).toEqual(['ImageNeverLocal']);
});
