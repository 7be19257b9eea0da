import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkout } from '../../test/support/source-files.ts';
import { installManifest } from './install-manifest.ts';

function documentsIn(text: string): readonly unknown[] {
  return parseAllDocuments(text).flatMap((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() === null ? [] : [document.toJS()];
  });
}

describe('install.yaml', () => {
  it('has every object of deploy/, unchanged, and no other', () => {
    const names = globSync('deploy/*.yaml', { cwd: checkout }).filter((path) => !path.endsWith('kustomization.yaml'));
    const all = names.flatMap((path) => documentsIn(readFileSync(join(checkout, path), 'utf8')));
    const made = documentsIn(installManifest(checkout, '0.1.0'));
    expect(made).toHaveLength(all.length);
    expect(made).toEqual(expect.arrayContaining([...all]));
  });

  it('makes kinds and namespace before what needs them', () => {
    const kinds = [...installManifest(checkout, '0.1.0').matchAll(/^kind: "?(\w+)/gm)].map(([, kind]) => kind);
    expect(kinds.slice(0, 3)).toEqual(['CustomResourceDefinition', 'CustomResourceDefinition', 'Namespace']);
  });
});

describe('a kustomization that does more than list files', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'enbi-install-'));
    mkdirSync(join(root, 'deploy'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it.each([
    ['a patch', 'resources: [a.yaml]\npatches: [{path: b.yaml}]'],
    ['another base', 'resources: [../base]'],
  ])('is refused: %s', (_, text) => {
    writeFileSync(join(root, 'deploy/kustomization.yaml'), `apiVersion: v1beta1\nkind: Kustomization\n${text}\n`);
    writeFileSync(join(root, 'deploy/a.yaml'), 'kind: A\n');
    expect(() => installManifest(root, '0.1.0')).toThrow(/patches|resources/);
  });
});
