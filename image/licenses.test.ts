import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { packBundle } from './bundle.ts';
import { licensesOf, packagePlaces } from './licenses.ts';

const directory = mkdtempSync(join(tmpdir(), 'enbi-licenses-'));
let sources: readonly string[] = [];
let text = '';

/** As it lies in the image. */
beforeAll(async () => {
  const blob = join(directory, 'layer.tar.gz');
  ({ sources } = await packBundle('src/main/main.ts', blob));
  text = execFileSync('tar', ['-xzOf', blob, './opt/enbi/THIRD-PARTY-LICENSES.txt'], { encoding: 'utf8' });
});
afterAll(() => rmSync(directory, { recursive: true }));

const Manifest = z.object({ name: z.string(), version: z.string() });

test('every package that is in the bundle is named, with a licence', () => {
  const entries = text.split(/^-{100}$/m).map((entry) => entry.trim());
  const places = packagePlaces(sources);
  expect(places.length).toBeGreaterThan(10);
  for (const place of places) {
    const { name, version } = Manifest.parse(JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')));
    const entry = entries.find((each) => each.includes(`${name} ${version}: `)) ?? '';
    expect(entry, place).toMatch(/copyright|without warranty/i);
  }
});

test.each([
  ['a licence that stands in a file', 'Permission is hereby granted, free of charge'],
  ['one that stands in a source alone', 'Neither the name of Google Inc. nor the names of its'],
  ['the text that sources only refer to', 'TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION'],
])('has %s', (_, words) => {
  expect(text).toContain(words);
});

test('says nothing twice that many files say', () => {
  const [ofProtobuf = ''] = text.split(/^-{100}$/m);
  expect(ofProtobuf.split('Licensed under the Apache License').length - 1).toBeLessThan(6);
});

test('a package whose licence has no text is an error', () => {
  // It is a program and its package.json.
  const [place = ''] = globSync('node_modules/@esbuild/*');
  expect(() => licensesOf([`${place}/package.json`])).toThrow(/ has no licence text: /);
});
