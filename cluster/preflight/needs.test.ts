import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { needsOf } from './needs.mjs';

const nothing = { cluster: false, components: false, image: false, optional: false };
const everything = { cluster: true, components: true, image: true, optional: false };

test.each([
  ['npm start', 'test/story/main.ts', [], everything],
  ['npm start on a cluster that is there', 'test/story/main.ts', ['--kubeconfig=f'], nothing],
  ['npm start -- --help', 'test/story/main.ts', ['--help'], nothing],
  ['npm test', 'test/run.ts', [], { ...everything, optional: true }],
  ['npm test -- check unit', 'test/run.ts', ['check', 'unit'], nothing],
  ['npm test -- check e2e', 'test/run.ts', ['check', 'e2e'], { ...everything, optional: true }],
  ['npm run cluster -- up', 'cluster/main.ts', ['up'], { ...everything, image: false }],
  ['npm run cluster -- up --install', 'cluster/main.ts', ['up', '--install'], everything],
  ['npm run cluster -- down', 'cluster/main.ts', ['down'], nothing],
  ['npm run image', 'image/main.ts', [], { ...nothing, image: true }],
  ['npm run generate', 'tools/generate.ts', [], nothing],
])('%s', (_, file, args, needs) => {
  expect(needsOf(file, args)).toEqual(needs);
});

test('the files are those that package.json runs', () => {
  const Package = z.object({ scripts: z.record(z.string(), z.string()) });
  const { scripts } = Package.parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
  const file = (script: string) => scripts[script]?.split(' ').at(-1) ?? '';
  for (const script of ['start', 'test', 'e2e']) expect(needsOf(file(script), []).cluster).toBe(true);
  expect(needsOf(file('cluster'), ['up']).cluster).toBe(true);
  expect(needsOf(file('image'), []).image).toBe(true);
});
