import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeInPath, nodeText } from './node-in-path.ts';

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'enbi-nodes-'));
  const programs = { old: 'echo v18.19.1', new: 'echo v24.1.0', broken: 'exit 127', node_modules: 'echo v25.0.0' };
  for (const [name, script] of Object.entries(programs)) {
    mkdirSync(at(name));
    writeFileSync(join(at(name), 'node'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(at(name), 'node'), 0o755);
  }
  mkdirSync(at('empty'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [['new'], '; found 24.1.0 (FOLDER/new/node)'],
  [['empty', 'old', 'new'], '; found 18.19.1 (FOLDER/old/node): too old, put a newer one before it'],
  [['node_modules', 'new'], '; found 24.1.0 (FOLDER/new/node)'],
  [['broken'], '; FOLDER/broken/node cannot be run'],
  [['empty'], '; there is none: kubectl will not find a program to run it with'],
])('with %j in PATH', (folders, text) => {
  const found = nodeInPath(folders.map(at).join(delimiter));
  const begin = 'kubectl enbi needs Node 24 or later, as node in PATH';
  expect(nodeText(found, 24)).toBe(`${begin}${text.replace('FOLDER', folder)}`);
});
